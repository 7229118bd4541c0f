import { type RawBuilder, sql } from 'kysely';
import { coursePlan } from '../roll-ups/course-plan.ts';
import { freshDaysOf } from '../roll-ups/fresh-days.ts';
import { partOf } from '../roll-ups/spans.ts';
import { smallBelowFor, withheldRollUps, withheldUserActivity } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { literalId } from './course-rows.ts';
import { ofDates, type ReadRange, untilAborted } from './read-range.ts';

/** Rows that are withheld, because they have too few students. */
export interface Withheld {
  /** The courses with at least one such row: their ids as texts. */
  courses: ReadonlySet<string>;
  /** Each course with each category of such a row. */
  places: readonly { course: MoodleId; category: MoodleId }[];
}

export const NOTHING_WITHHELD: Withheld = { courses: new Set(), places: [] };

/** How many courses of the range have at least one row that is withheld. */
export async function withheldCourses(range: ReadRange, course?: MoodleId): Promise<number> {
  return (await withheldRows(range, course)).courses.size;
}

/** What is withheld of a range. `course`: of this course alone. */
export async function withheldRows(range: ReadRange, course?: MoodleId): Promise<Withheld> {
  if (smallBelowFor(range.scope) === 0) return NOTHING_WITHHELD;
  const { parts, days } = await coursePlan(range);
  const places: Withheld['places'][number][] = [];
  const ofCourse = course === undefined ? sql`TRUE` : sql`moodle_course_id = ${literalId(course)}`;
  const read = async (rows: RawBuilder<unknown>) => {
    const found = await sql<{ course: MoodleId; category: MoodleId }>`
      SELECT DISTINCT moodle_course_id AS course, category_id AS category
      FROM ${rows} AND ${ofCourse}`.execute(range.snapshot, untilAborted(range));
    for (const place of found.rows) places.push(place);
  };
  if (parts.length > 0) {
    const numbers = sql.join(parts.map((span) => sql.lit(partOf(span))));
    await read(sql`${withheldRollUps(range.scope, 'rollup_courses')} AND part IN (${numbers})`);
  }
  if (days.length > 0) {
    const rows = withheldUserActivity(range.snapshot, range.scope).selectAll('activity').where(ofDates(days));
    await read(sql`${rows} AS activity WHERE TRUE`);
  }
  return { courses: new Set(places.map(({ course }) => String(course))), places };
}

/** The dates of the range on which a row is withheld. */
export async function withheldDates(range: ReadRange): Promise<ReadonlySet<string>> {
  if (smallBelowFor(range.scope) === 0) return new Set();
  const { fresh, others } = await freshDaysOf(range);
  const dates = new Set<string>();
  const read = async (rows: RawBuilder<unknown>) => {
    const found = await sql<{ date: string }>`
      SELECT DISTINCT extraction_date AS date FROM ${rows}`.execute(range.snapshot, untilAborted(range));
    for (const { date } of found.rows) dates.add(date);
  };
  if (fresh.length > 0) await read(sql`${withheldRollUps(range.scope, 'rollup_days')} AND ${ofDates(fresh)}`);
  if (others.length > 0) {
    const rows = withheldUserActivity(range.snapshot, range.scope).selectAll('activity');
    await read(sql`${rows.where(ofDates(others))} AS activity`);
  }
  return dates;
}
