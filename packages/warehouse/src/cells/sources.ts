import { type Day, VIEW_KINDS } from '@etl/core';
import type { Metric } from '../reports/series.ts';
import type { CellFigures } from './formula.ts';

/** What was counted in Moodle. */
export interface CellSource {
  /** The table without Moodle's prefix. */
  table: 'logstore_standard_log' | 'role_assignments';
  /** The component of the log rows. Null if it is none of those with a kind, or the table is not the log. */
  component: string | null;
  /** How many of them were counted. Null if it was not recorded. */
  rows: number | null;
  /** What is counted: log rows, or different people. */
  counted: 'rows' | 'people';
  /** The condition of the SQL statement that counts them. */
  filter: string;
}

const METRICS_OF_LOG: readonly Metric[] = ['total_views', 'active_days', 'avg_activity_per_student_per_day'];

/** The rows of Moodle that a figure is made of. */
export function sourcesOf(
  metric: Metric,
  figures: CellFigures,
  of: {
    course: string;
    day: Day;
    roles: { students: readonly number[]; teachers: readonly number[] } | null;
  },
): CellSource[] {
  const kinds = VIEW_KINDS.filter(({ column }) => column === metric || METRICS_OF_LOG.includes(metric));
  const sources = kinds.map(({ column, component }) => ({
    table: 'logstore_standard_log' as const,
    component,
    rows: figures[column],
    counted: 'rows' as const,
    filter: logFilter(of, `component = '${component}'`),
  }));
  const isAverage = metric === 'avg_activity_per_student_per_day';
  return [
    ...sources,
    ...(metric === 'active_days' || isAverage ? [otherModules(figures, of)] : []),
    ...(metric === 'num_students' || isAverage ? [people(figures.num_students, of, of.roles?.students)] : []),
    ...(metric === 'num_teachers' ? [people(figures.num_teachers, of, of.roles?.teachers)] : []),
  ];
}

function logFilter({ course, day }: { course: string; day: Day }, component: string): string {
  return (
    `courseid = ${course} AND contextlevel = 70 AND action = 'viewed' AND ${component} ` +
    `AND timecreated BETWEEN ${day.start} AND ${day.end - 1}`
  );
}

/** Views of activities without a kind. They make a day active. */
function otherModules({ other_views }: CellFigures, of: { course: string; day: Day }): CellSource {
  const kinds = VIEW_KINDS.map(({ component }) => `'${component}'`).join(', ');
  return {
    table: 'logstore_standard_log',
    component: null,
    rows: other_views,
    counted: 'rows',
    filter: logFilter(of, `component NOT IN (${kinds})`),
  };
}

function people(
  rows: number,
  { course }: { course: string },
  roles: readonly number[] | undefined,
): CellSource {
  const ofRoles = roles === undefined ? '' : ` AND roleid IN (${roles.join(', ')})`;
  return {
    table: 'role_assignments',
    component: null,
    rows,
    counted: 'people',
    filter: `context.contextlevel = 50 AND context.instanceid = ${course}${ofRoles}`,
  };
}
