import { sql } from 'kysely';
import { type MoodleId, read, type Source, table } from './source.ts';

/** Moodle's context level of a course. */
const COURSE = 50;

export interface CourseContext {
  contextid: MoodleId;
  courseid: MoodleId;
}

/** The number of contexts of courses. */
export async function countCourseContexts(source: Source, signal: AbortSignal): Promise<number> {
  const [found] = await read(
    source,
    sql<{ contexts: number }>`
      SELECT COUNT(*) AS contexts FROM ${table(source, 'context')} WHERE contextlevel = ${COURSE}`,
    signal,
  );
  return found?.contexts ?? 0;
}

/** The contexts of the next `limit` courses after a course id, ordered by course id. */
export async function courseContextsAfter(
  source: Source,
  courseid: MoodleId,
  limit: number,
  signal: AbortSignal,
): Promise<CourseContext[]> {
  return read(
    source,
    sql<CourseContext>`
      SELECT id AS contextid, instanceid AS courseid FROM ${table(source, 'context')}
      WHERE contextlevel = ${COURSE} AND instanceid > ${courseid}
      ORDER BY instanceid LIMIT ${limit}`,
    signal,
  );
}
