import { sql } from 'kysely';
import { visibleUserActivity } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import type { ReadRange } from './read-range.ts';

/** One course's rows within the scope, of all dates. */
export function courseRows({ snapshot, scope }: ReadRange, course: MoodleId) {
  return visibleUserActivity(snapshot, scope).where('moodle_course_id', '=', literalId(course));
}

/** The server compares an id that is given as text as a floating number: ids beyond 2^53 would be confused. */
export function literalId(id: MoodleId) {
  return sql.raw<MoodleId>(String(BigInt(id)));
}
