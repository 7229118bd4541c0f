import { sql } from 'kysely';
import { type MoodleId, read, type Source, table } from './source.ts';

export interface Course {
  id: MoodleId;
  category: MoodleId;
  idnumber: string;
  fullname: string;
  shortname: string;
}

/** The number of courses, and of visible ones. */
export async function countCourses(
  source: Source,
  signal: AbortSignal,
): Promise<{ all: number; visible: number }> {
  const [found] = await read(
    source,
    sql<{ courses: number; visible: number }>`
      SELECT COUNT(*) AS courses, COUNT(CASE WHEN visible = 1 THEN 1 END) AS visible
      FROM ${table(source, 'course')}`,
    signal,
  );
  return { all: found?.courses ?? 0, visible: found?.visible ?? 0 };
}

/** The next `limit` visible courses after an id, ordered by id. */
export async function visibleCoursesAfter(
  source: Source,
  id: MoodleId,
  limit: number,
  signal: AbortSignal,
): Promise<Course[]> {
  return read(
    source,
    sql<Course>`
      SELECT id, category, idnumber, fullname, shortname FROM ${table(source, 'course')}
      WHERE visible = 1 AND id > ${id}
      ORDER BY id LIMIT ${limit}`,
    signal,
  );
}
