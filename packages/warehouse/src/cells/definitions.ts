import { VIEW_KINDS } from '@etl/core';
import type { Metric } from '../reports/series.ts';

const VIEWS = Object.fromEntries(
  VIEW_KINDS.map(({ column, component, label }) => [
    column,
    `${label}: rows of Moodle's standard log about this course on this day, with action "viewed" and contextlevel 70 (an activity), whose component is ${component}. Views of everyone count.`,
  ]),
);

const PEOPLE = (role: string) =>
  `People with a role of ${role} in the course itself, each once. Moodle keeps no history: they were counted at user_counts_as_of.`;

const OTHERS: Record<string, string> = {
  num_students: PEOPLE('students'),
  num_teachers: PEOPLE('teachers'),
  total_views: 'The sum of the views of all kinds.',
  avg_activity_per_student_per_day:
    'Views per student and active day, rounded half up to two places. It has no value if there are no students or no active days.',
  active_days:
    '1 if any activity of the course was viewed on this day, also one of no kind, such as a folder. Else 0.',
};

/** What a figure is, in words. */
export function definitionOf(metric: Metric): string {
  return VIEWS[metric] ?? OTHERS[metric] ?? '';
}
