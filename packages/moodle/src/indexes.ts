import { type RawBuilder, sql } from 'kysely';
import { type MoodleTable, read, type Source, table } from './source.ts';

/** The name of the index that begins with exactly these columns. Moodle's names differ with its version and prefix. */
export async function findIndex(
  source: Source,
  name: MoodleTable,
  columns: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const rows = await read(
    source,
    sql<{ name: string; columns: string }>`
      SELECT index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
      FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = ${source.prefix + name}
      GROUP BY index_name`,
    signal,
  );
  const wanted = columns.join(',');
  return rows.find((index) => `${index.columns.toLowerCase()},`.startsWith(`${wanted},`))?.name;
}

/** A day's log can only be had by reading all of it, for want of an index. */
export class ScanRefused extends Error {
  override name = 'ScanRefused';

  constructor({ prefix }: Source) {
    const log = `${prefix}logstore_standard_log`;
    super(
      `${log} would be read from end to end: Moodle's index on (timecreated) is missing, or the server does not use it. Where ` +
        `SHOW INDEX FROM ${log} has none, on Moodle's database: CREATE INDEX ${prefix}logsstanlog_tim_ix ON ${log} (timecreated). ` +
        'Where it has one that is ignored (invisible): ALTER TABLE … ALTER INDEX … NOT IGNORED (MySQL: VISIBLE)',
    );
  }
}

/** The name of the log's index on `timecreated`. Throws ScanRefused where it has none. */
export async function timeIndex(source: Source, signal: AbortSignal): Promise<string> {
  const name = await findIndex(source, 'logstore_standard_log', ['timecreated'], signal);
  if (name !== undefined) return name;
  // Where it is the table that is missing, the server says so.
  await read(source, sql`SELECT id FROM ${table(source, 'logstore_standard_log')} LIMIT 0`, signal);
  throw new ScanRefused(source);
}

/** Also of one that the server has been told to ignore. */
const NO_SUCH_INDEX = 1176;

/**
 * Asks the server for its plan of a statement on the log. Throws ScanRefused where it would not go by that index but through the whole
 * table: that would take minutes, and Moodle would feel it.
 */
export async function requirePlan(
  source: Source,
  index: string,
  statement: RawBuilder<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const explain = sql<{ type: string | null; key: string | null }>`EXPLAIN FORMAT=TRADITIONAL ${statement}`;
  const plan = await read(source, explain, signal).catch((error: { errno?: number }) => {
    throw error.errno === NO_SUCH_INDEX ? new ScanRefused(source) : error;
  });
  // There is no plan for what can be told to be empty.
  if (plan.some(({ type, key }) => type !== null && key !== index)) throw new ScanRefused(source);
}
