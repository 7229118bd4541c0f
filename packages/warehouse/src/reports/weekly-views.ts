import { addDays, datesBetween } from '@etl/core';
import { type RawBuilder, sql } from 'kysely';
import { mergesByDate } from '../log-scheduler/newest-merges.ts';
import { freshDaysOf } from '../roll-ups/fresh-days.ts';
import {
  smallBelowFor,
  visibleRollUps,
  visibleUserActivity,
  withheldRollUps,
  withheldUserActivity,
} from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { literalId } from './course-rows.ts';
import { ofDates, type ReadRange, rowsOf, untilAborted } from './read-range.ts';

/** Of a course or category in a list. */
export const WEEKS = 12;
const DAYS = 7 * WEEKS;

/** Courses of a statement: each has up to 84 rows to find by the unique key. */
const COURSES_PER_STATEMENT = 200;

/**
 * The views of each of the 12 weeks that end with a range, oldest first. Null if nothing of the week was extracted, or
 * if all rows of the week are withheld.
 */
export type WeeklyViews = (number | null)[];

/** The views of courses in each week. */
export async function weeklyViews(
  range: ReadRange,
  courses: readonly MoodleId[],
): Promise<(course: MoodleId) => WeeklyViews> {
  const { from, week, viewsOf } = await weeksEndingWith(range);
  const found = new Map<MoodleId, WeekSum[]>();
  for (let first = 0; first < courses.length; first += COURSES_PER_STATEMENT) {
    const ids = courses.slice(first, first + COURSES_PER_STATEMENT).map(literalId);
    const isOfCourses = sql<boolean>`moodle_course_id IN (${sql.join(ids)})`;
    const rows = await visibleUserActivity(range.snapshot, range.scope)
      .select([
        'moodle_course_id as course',
        week.as('week'),
        sql<number | string>`SUM(total_views)`.as('views'),
      ])
      .where(isOfCourses)
      .where('extraction_date', '>=', from)
      .where('extraction_date', '<=', range.to)
      .groupBy(['moodle_course_id', 'week'])
      .execute(untilAborted(range));
    const withheld =
      smallBelowFor(range.scope) === 0
        ? []
        : await withheldUserActivity(range.snapshot, range.scope)
            .select(['moodle_course_id as course', week.as('week'), sql<null>`NULL`.as('views')])
            .distinct()
            .where(isOfCourses)
            .where('extraction_date', '>=', from)
            .where('extraction_date', '<=', range.to)
            .execute(untilAborted(range));
    // What is withheld comes first: a sum of visible rows takes its place.
    for (const [course, sums] of Map.groupBy([...withheld, ...rows], ({ course }) => course))
      found.set(course, sums);
  }
  return (course) => viewsOf(found.get(course) ?? []);
}

/** The views of places in each week. A place has the rows of some categories. */
export async function weeklyCategoryViews(
  range: ReadRange,
  placeOf: (category: MoodleId) => string,
): Promise<(place: string) => WeeklyViews> {
  const { from, week, viewsOf } = await weeksEndingWith(range);
  const weeks = { ...range, from };
  const { fresh, others } = await freshDaysOf(weeks);
  const found: (WeekSum & { category: MoodleId })[] = [];
  const read = async (views: RawBuilder<unknown>, rows: RawBuilder<unknown>) => {
    const sums = await sql<WeekSum & { category: MoodleId }>`
      SELECT category_id AS category, ${week} AS week, ${views} AS views
      FROM ${rows} GROUP BY category, week ORDER BY NULL`.execute(range.snapshot, untilAborted(range));
    found.push(...sums.rows);
  };
  // What is withheld comes first: a sum of visible rows takes its place.
  if (smallBelowFor(range.scope) > 0) {
    const small = sql`NULL`;
    if (fresh.length > 0)
      await read(small, sql`${withheldRollUps(range.scope, 'rollup_days')} AND ${ofDates(fresh)}`);
    if (others.length > 0) {
      const rows = withheldUserActivity(range.snapshot, range.scope).selectAll('activity');
      await read(small, sql`${rows.where(ofDates(others))} AS activity`);
    }
  }
  const sum = sql`SUM(total_views + 0e0)`;
  if (fresh.length > 0)
    await read(sum, sql`${visibleRollUps(range.scope, 'rollup_days')} AND ${ofDates(fresh)}`);
  if (others.length > 0) await read(sum, sql`${rowsOf(weeks, others)} AS activity`);
  const byPlace = Map.groupBy(found, ({ category }) => placeOf(category));
  return (place) => viewsOf(byPlace.get(place) ?? []);
}

interface WeekSum {
  week: number;
  /** Null: rows of the week are withheld. */
  views: number | string | null;
}

/** The first day of these weeks, the number of a row's week, and how sums become the views of each week. */
async function weeksEndingWith({ snapshot, to }: ReadRange) {
  const from = addDays(to, 1 - DAYS);
  const completed = await mergesByDate(snapshot, from, to);
  const extracted = new Set(
    datesBetween(from, to).flatMap((date, day) => (completed.has(date) ? Math.floor(day / 7) : [])),
  );
  return {
    from,
    week: sql<number>`DATEDIFF(extraction_date, ${from}) DIV 7`,
    viewsOf: (sums: readonly WeekSum[]): WeeklyViews => {
      const views: WeeklyViews = Array.from({ length: WEEKS }, (_, week) => (extracted.has(week) ? 0 : null));
      for (const { week, views: sum } of sums) {
        if (!extracted.has(Number(week))) continue;
        views[Number(week)] = sum === null ? null : (views[Number(week)] ?? 0) + Number(sum);
      }
      return views;
    },
  };
}
