import { type RawBuilder, sql } from 'kysely';
import { type MoodleTable, read, type Source, table } from './source.ts';

/** A row of SHOW INDEX: one column of an index. Newer servers show in their own ways that they ignore the index. */
interface IndexColumn {
  Key_name: string;
  Column_name: string | null;
  /** MariaDB. */
  Ignored?: string;
  /** MySQL. */
  Visible?: string;
}

/**
 * The name of a usable index that begins with exactly these columns. The name depends on Moodle's version and prefix.
 * An index that the server ignores (invisible) is not usable.
 */
export async function findIndex(
  source: Source,
  name: MoodleTable,
  columns: readonly string[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const rows = await read(source, sql<IndexColumn>`SHOW INDEX FROM ${table(source, name)}`, signal);
  const usable = rows.filter(({ Ignored, Visible }) => Ignored !== 'YES' && Visible !== 'NO');
  const byName = Map.groupBy(usable, ({ Key_name }) => Key_name);
  const wanted = `${columns.join(',')},`;
  for (const [index, parts] of byName) {
    const found = parts.map(({ Column_name }) => Column_name?.toLowerCase()).join(',');
    if (`${found},`.startsWith(wanted)) return index;
  }
  return undefined;
}

/** The statement would scan the whole log, because an index is missing or unused. */
export class ScanRefused extends Error {
  override name = 'ScanRefused';

  constructor({ prefix }: Source) {
    const log = `${prefix}logstore_standard_log`;
    super(
      `${log} would be read from end to end: Moodle's index on (timecreated) is missing, or the server does not use it. If ` +
        `SHOW INDEX FROM ${log} has none, on Moodle's database: CREATE INDEX ${prefix}logsstanlog_tim_ix ON ${log} (timecreated). ` +
        'If it has one that is ignored (invisible): ALTER TABLE … ALTER INDEX … NOT IGNORED (MySQL: VISIBLE)',
    );
  }
}

/** The name of the log's index on `timecreated`. Throws ScanRefused if there is none. */
export async function timeIndex(source: Source, signal: AbortSignal): Promise<string> {
  const name = await findIndex(source, 'logstore_standard_log', ['timecreated'], signal);
  if (name === undefined) throw new ScanRefused(source);
  return name;
}

/** The server reports an ignored index as missing, too. */
const NO_SUCH_INDEX = 1176;

/**
 * Asks the server for its plan of a statement on the log. Throws ScanRefused if the plan does not use that index, or one
 * of these: a scan of the whole table takes minutes and slows Moodle down.
 */
export async function requirePlan(
  source: Source,
  index: string | readonly string[],
  statement: RawBuilder<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const explain = sql<{ type: string | null; key: string | null }>`EXPLAIN FORMAT=TRADITIONAL ${statement}`;
  const plan = await read(source, explain, signal).catch((error: { errno?: number }) => {
    throw error.errno === NO_SUCH_INDEX ? new ScanRefused(source) : error;
  });
  const allowed = [index].flat();
  // A plan has no type if the server knows that the result is empty.
  if (plan.some(({ type, key }) => type !== null && !allowed.includes(key ?? '')))
    throw new ScanRefused(source);
}
