import { expect, it } from 'vitest';
import { type CellFigures, formulaOf } from '../src/cells/formula.ts';

const FIGURES: CellFigures = {
  file_views: 1,
  video_views: 2,
  forum_views: 3,
  quiz_views: 4,
  assignment_views: 5,
  url_views: 6,
  total_views: 21,
  num_students: 7,
  num_teachers: 2,
  active_days: 1,
  avg_activity_per_student_per_day: '3.00',
  other_views: 0,
};
const NO_VIEWS = {
  file_views: 0,
  video_views: 0,
  forum_views: 0,
  quiz_views: 0,
  assignment_views: 0,
  url_views: 0,
};
const ROLES = { students: [5], teachers: [3, 4] };

it.each([
  ['quiz_views', {}, { mod_quiz: 4 }, '4'],
  [
    'total_views',
    {},
    { file_views: 1, video_views: 2, forum_views: 3, quiz_views: 4, assignment_views: 5, url_views: 6 },
    '1 + 2 + 3 + 4 + 5 + 6 = 21',
  ],
  ['num_students', {}, { people: 7 }, '7'],
  ['num_teachers', {}, { people: 2 }, '2'],
  ['active_days', {}, { total_views: 21, other_module: 0 }, '21 + 0 > 0, so 1'],
  [
    'active_days',
    { ...NO_VIEWS, total_views: 0, other_views: 3 },
    { total_views: 0, other_module: 3 },
    '0 + 3 > 0, so 1',
  ],
  [
    'active_days',
    { ...NO_VIEWS, total_views: 0, active_days: 0 },
    { total_views: 0, other_module: 0 },
    '0 + 0 is 0, so 0',
  ],
  [
    'active_days',
    { other_views: null },
    { total_views: 21, other_module: null },
    '21 + not recorded > 0, so 1',
  ],
  [
    'avg_activity_per_student_per_day',
    {},
    { total_views: 21, num_students: 7, active_days: 1 },
    '21 / 7 / 1 = 3.00',
  ],
  [
    'avg_activity_per_student_per_day',
    { num_students: 0, avg_activity_per_student_per_day: null },
    { total_views: 21, num_students: 0, active_days: 1 },
    '21 / 0 / 1 has no value',
  ],
] as const)('the formula of %s names its numbers (%j)', (metric, figures, numbers, with_numbers) => {
  expect(formulaOf(metric, { ...FIGURES, ...figures }, ROLES)).toMatchObject({ numbers, with_numbers });
});

it('the formula of people names the roles that were counted', () => {
  expect(formulaOf('num_teachers', FIGURES, ROLES).expression).toContain('role 3 or 4');
  expect(formulaOf('num_students', FIGURES, ROLES).expression).toContain('role 5');
  expect(formulaOf('num_students', FIGURES, null).expression).toContain('the roles of that time');
});
