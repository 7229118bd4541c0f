import { expect, it } from 'vitest';
import { reasonsOfFigure } from '../src/restatements/compare.ts';

it('settings are the reason of the figures that have no other one', () => {
  const roles = ['late_rows', 'settings'] as const;
  expect(reasonsOfFigure(roles, 'quiz_views')).toEqual(['late_rows']);
  expect(reasonsOfFigure(roles, 'num_students')).toEqual(['settings']);
  const zone = ['course_changed', 'enrolments_changed', 'settings'] as const;
  expect(reasonsOfFigure(zone, 'active_days')).toEqual(['settings']);
  expect(reasonsOfFigure(zone, 'num_teachers')).toEqual(['enrolments_changed']);
  expect(reasonsOfFigure(['settings'], 'total_views')).toEqual(['settings']);
  expect(reasonsOfFigure(zone, 'avg_activity_per_student_per_day')).toEqual([
    'enrolments_changed',
    'settings',
  ]);
});
