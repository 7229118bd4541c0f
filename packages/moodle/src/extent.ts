import { sql } from 'kysely';
import { read, type Source, table } from './source.ts';

/**
 * The times of the log's oldest and newest row, in epoch seconds; null if it is empty. The index on time answers it
 * at once.
 */
export async function logExtent(
  source: Source,
  signal: AbortSignal,
): Promise<{ oldest: number | null; newest: number | null }> {
  const [row] = await read(
    source,
    sql<{ oldest: number | null; newest: number | null }>`
      SELECT MIN(timecreated) AS oldest, MAX(timecreated) AS newest FROM ${table(source, 'logstore_standard_log')}`,
    signal,
  );
  return row ?? { oldest: null, newest: null };
}

/** The number of visible courses, and of those without figures because their category has no idnumber. */
export async function coursesLeftOut(
  source: Source,
  signal: AbortSignal,
): Promise<{ visible: number; leftOut: number }> {
  const [row] = await read(
    source,
    sql<{ visible: number; left_out: number }>`
      SELECT COUNT(*) AS visible, COUNT(CASE WHEN category.idnumber IS NULL THEN 1 END) AS left_out
      FROM ${table(source, 'course')} AS course
      LEFT JOIN ${table(source, 'course_categories')} AS category ON category.id = course.category
      WHERE course.visible = 1 AND course.category <> 0`,
    signal,
  );
  return { visible: row?.visible ?? 0, leftOut: row?.left_out ?? 0 };
}
