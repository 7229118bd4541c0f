import { addDays, datesBetween } from '@etl/core';
import { sql } from 'kysely';
import { newestMerges } from '../log-scheduler/newest-merges.ts';
import { visibleUserActivity } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { literalId } from './course-rows.ts';
import { type ReadRange, untilAborted } from './read-range.ts';

/** Of a course in a list. */
export const WEEKS = 12;
const DAYS = 7 * WEEKS;

/** Courses of a statement: each has up to 84 rows to find by the unique key. */
const COURSES_PER_STATEMENT = 200;

/**
 * The views of courses in each of the 12 weeks that end with the range, oldest first. Null in a week of which nothing
 * was extracted.
 */
export async function weeklyViews(
  range: ReadRange,
  courses: readonly MoodleId[],
): Promise<(course: MoodleId) => (number | null)[]> {
  const from = addDays(range.to, 1 - DAYS);
  const completed = await newestMerges(range.snapshot, from, range.to);
  const weekOf = new Map(datesBetween(from, range.to).map((date, day) => [date, Math.floor(day / 7)]));
  const extracted = new Set([...completed.keys()].map((date) => weekOf.get(date)));
  const found = new Map<MoodleId, number[]>();
  for (let first = 0; first < courses.length; first += COURSES_PER_STATEMENT) {
    const ids = courses.slice(first, first + COURSES_PER_STATEMENT).map(literalId);
    const week = sql<number>`DATEDIFF(extraction_date, ${from}) DIV 7`;
    const rows = await visibleUserActivity(range.snapshot, range.scope)
      .select([
        'moodle_course_id as course',
        week.as('week'),
        sql<number | string>`SUM(total_views)`.as('views'),
      ])
      .where(sql<boolean>`moodle_course_id IN (${sql.join(ids)})`)
      .where('extraction_date', '>=', from)
      .where('extraction_date', '<=', range.to)
      .groupBy(['moodle_course_id', 'week'])
      .execute(untilAborted(range));
    for (const { course, week, views } of rows) {
      const weeks = found.get(course) ?? [];
      weeks[Number(week)] = Number(views);
      found.set(course, weeks);
    }
  }
  return (course) =>
    Array.from({ length: WEEKS }, (_, week) =>
      extracted.has(week) ? (found.get(course)?.[week] ?? 0) : null,
    );
}
