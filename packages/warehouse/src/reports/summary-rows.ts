import { sql } from 'kysely';
import { courseSums } from '../roll-ups/course-sums.ts';
import { freshnessOf } from '../roll-ups/freshness.ts';
import { planOf } from '../roll-ups/plan.ts';
import { COURSE_LEVELS } from '../roll-ups/spans.ts';
import { visibleUserActivity } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import type { CoursePart } from './course-part.ts';
import { type ReadRange, untilAborted } from './read-range.ts';

export type { CoursePart } from './course-part.ts';

/** The parts of all courses, in the order of the courses. */
export async function courseParts(range: ReadRange): Promise<CoursePart[]> {
  const { isFresh } = await freshnessOf(range.snapshot, range);
  return courseSums(range, planOf(range, COURSE_LEVELS, isFresh));
}

export interface CourseNames {
  course_id: string | null;
  id_number: string | null;
  course_name: string | null;
  course_shortname: string | null;
}

/** Courses of a statement: to build a statement of thousands of pairs would block the event loop. */
const NAMES_PER_STATEMENT = 1000;

/** The names of courses on a date each, by course: names change. */
export async function courseNames(
  range: ReadRange,
  rows: readonly { course: MoodleId; date: string }[],
): Promise<Map<MoodleId, CourseNames>> {
  const names = new Map<MoodleId, CourseNames>();
  for (let from = 0; from < rows.length; from += NAMES_PER_STATEMENT) {
    const pairs = rows
      .slice(from, from + NAMES_PER_STATEMENT)
      .map(({ course, date }) => sql`(${course}, ${date})`);
    const found = await visibleUserActivity(range.snapshot, range.scope)
      .select(['moodle_course_id', 'course_id', 'id_number', 'course_name', 'course_shortname'])
      .where(sql<boolean>`(moodle_course_id, extraction_date) IN (${sql.join(pairs)})`)
      .execute(untilAborted(range));
    for (const { moodle_course_id, ...own } of found) names.set(moodle_course_id, own);
  }
  return names;
}
