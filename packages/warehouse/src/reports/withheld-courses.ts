import { sql } from 'kysely';
import { freshnessOf } from '../roll-ups/freshness.ts';
import { planOf } from '../roll-ups/plan.ts';
import { COURSE_LEVELS, partOf } from '../roll-ups/spans.ts';
import { smallBelowFor, withheldRollUps, withheldUserActivity } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { literalId } from './course-rows.ts';
import { ofDates, type ReadRange, untilAborted } from './read-range.ts';

/** How many courses of the range have at least one row that is withheld, because it has too few students. */
export async function withheldCourses(range: ReadRange, course?: MoodleId): Promise<number> {
  return (await withheldIds(range, course)).size;
}

/** The ids of these courses, as text. `course`: of this course alone. */
export async function withheldIds(range: ReadRange, course?: MoodleId): Promise<ReadonlySet<string>> {
  const below = smallBelowFor(range.scope);
  if (below === 0) return new Set();
  const { isFresh } = await freshnessOf(range.snapshot, range, below);
  const { parts, days } = planOf(range, COURSE_LEVELS, isFresh);
  const found = new Set<string>();
  if (parts.length > 0) {
    const numbers = sql.join(parts.map((span) => sql.lit(partOf(span))));
    const { rows } = await sql<{ course: MoodleId }>`
      SELECT DISTINCT moodle_course_id AS course FROM ${withheldRollUps(range.scope, 'rollup_courses')}
        AND part IN (${numbers}) ${course === undefined ? sql`` : sql`AND moodle_course_id = ${literalId(course)}`}`.execute(
      range.snapshot,
      untilAborted(range),
    );
    for (const row of rows) found.add(String(row.course));
  }
  if (days.length > 0) {
    let rows = withheldUserActivity(range.snapshot, range.scope)
      .select('moodle_course_id as course')
      .distinct()
      .where(ofDates(days));
    if (course !== undefined) rows = rows.where('moodle_course_id', '=', literalId(course));
    for (const row of await rows.execute(untilAborted(range))) found.add(String(row.course));
  }
  return found;
}
