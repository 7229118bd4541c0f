import { type RawBuilder, sql } from 'kysely';
import { type MoodleTable, read, type Source } from './source.ts';

/**
 * `FORCE INDEX (…)` for the index that begins with exactly these columns, or nothing where the table has none. Moodle's
 * index names differ with its version and prefix, so an index is found by its columns.
 */
export async function forceIndex(
  source: Source,
  table: MoodleTable,
  columns: readonly string[],
  signal: AbortSignal,
): Promise<RawBuilder<unknown>> {
  const rows = await read(
    source,
    sql<{ name: string; columns: string }>`
      SELECT index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
      FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = ${source.prefix + table}
      GROUP BY index_name`,
    signal,
  );
  const wanted = columns.join(',');
  const name = rows.find((index) => `${index.columns.toLowerCase()},`.startsWith(`${wanted},`))?.name;
  return name === undefined ? sql`` : sql`FORCE INDEX (${sql.ref(name)})`;
}
