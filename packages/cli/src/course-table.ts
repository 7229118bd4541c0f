import type { ListedCourse } from '@etl/warehouse';
import { type Field, name, tableOf } from './figure-tables.ts';

/** From no views to the most of the course's weeks. */
const LEVELS = '▁▂▃▄▅▆▇█';

/** Courses, and how their views change. Without `isCompared` there is no change to show. */
export function courseTable(courses: readonly ListedCourse[], isCompared: boolean): string {
  const change: Field<ListedCourse> = {
    heading: 'change',
    align: 'right',
    cell: (course) => percent(course.change),
  };
  const fields: Field<ListedCourse>[] = [
    { heading: 'id', align: 'right', leaveOut: 1, cell: (course) => String(course.moodle_course_id) },
    { heading: 'students', align: 'right', leaveOut: 2, cell: (course) => course.num_students },
    { heading: 'views', align: 'right', cell: (course) => course.total_views },
    ...(isCompared ? [change] : []),
    { heading: 'last_active', leaveOut: 4, cell: (course) => course.last_active },
    { heading: '12_weeks', leaveOut: 3, cell: (course) => weeks(course.weekly) },
    name('course', (course) => course.course_name),
  ];
  return tableOf(fields, courses);
}

function percent(change: number | null): string | null {
  if (change === null) return null;
  return `${change > 0 ? '+' : ''}${(100 * change).toFixed(1)}%`;
}

/** A curve on a terminal, the numbers for a program. A week without figures has a dash. */
function weeks(weekly: readonly (number | null)[]): string {
  if (!process.stdout.isTTY) return weekly.map((views) => views ?? '-').join(',');
  const most = Math.max(1, ...weekly.map((views) => views ?? 0));
  return weekly
    .map((views) => (views === null ? '-' : LEVELS[Math.ceil((views / most) * (LEVELS.length - 1))]))
    .join('');
}
