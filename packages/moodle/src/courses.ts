import { sql } from 'kysely';
import { type MoodleId, read, type Source, table } from './source.ts';

export interface Course {
  id: MoodleId;
  category: MoodleId;
  idnumber: string;
  fullname: string;
  shortname: string;
  /** 1 if the course is shown to students. */
  visible: number;
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

/** The next `limit` courses after an id, ordered by id. */
export async function coursesAfter(
  source: Source,
  id: MoodleId,
  limit: number,
  signal: AbortSignal,
): Promise<Course[]> {
  return read(
    source,
    sql<Course>`
      SELECT id, category, idnumber, fullname, shortname, visible FROM ${table(source, 'course')}
      WHERE id > ${id}
      ORDER BY id LIMIT ${limit}`,
    signal,
  );
}
