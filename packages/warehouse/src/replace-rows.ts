import { isDuplicateKey, sqlLiteral } from '@etl/core';
import { CompiledQuery, sql } from 'kysely';
import type { MoodleId, WarehouseTables } from './tables.ts';
import type { WarehouseTransaction } from './warehouse.ts';

/** A table whose rows a load replaces: all of them, or those of a date. */
export interface LoadedTable<Row> {
  name: keyof WarehouseTables;
  /** The column with Moodle's id, which is unique, or unique together with `extraction_date`. */
  moodleId: keyof Row & string;
  /** The other columns that a load sets. */
  columns: readonly (keyof Row & string)[];
}

/** What a load has changed. */
export interface Replaced<Row> {
  /** The rows that were there before. */
  before: readonly Row[];
  /** Pairs of rows that differ. A row that was inserted has no `before`, a deleted one no `after`. */
  changes: readonly { before?: Row; after?: Row }[];
}

/**
 * Leaves exactly `rows` in the table, or as the rows of `date`: inserts new rows, updates changed ones, deletes the
 * others. A row that stays keeps its `id` and `created_at`. Writes `rowsPerStatement` rows with one statement, and
 * no row that is unchanged.
 */
export async function replaceRows<Row>(
  trx: WarehouseTransaction,
  table: LoadedTable<Row>,
  rows: readonly Row[],
  { date, rowsPerStatement }: { date?: string; rowsPerStatement: number },
): Promise<Replaced<Row>> {
  const idOf = (row: Row) => row[table.moodleId] as MoodleId;
  const present = await presentRows(trx, table, date);
  const staying = new Set(rows.map(idOf));
  const vanished = present.filter((row) => !staying.has(idOf(row)));
  if (vanished.length > 0) {
    const ids = vanished.map(({ id }) => id);
    await sql`DELETE FROM ${sql.table(table.name)} WHERE id IN (${sql.join(ids)})`.execute(trx);
  }
  const presentOf = new Map(present.map((row) => [idOf(row), row]));
  const changed = rows.filter((row) => !isUnchanged(table.columns, row, presentOf.get(idOf(row))));
  // In the order of the index: two loads lock its entries in the same order and do not deadlock.
  changed.sort((a, b) => inOrder(idOf(a), idOf(b)));
  const write = present.length === 0 ? insertNew : upsert;
  for (let done = 0; done < changed.length; done += rowsPerStatement) {
    await write(trx, table, date, changed.slice(done, done + rowsPerStatement));
  }
  const changes = [
    ...changed.map((after) => {
      const before = presentOf.get(idOf(after));
      return before ? { before, after } : { after };
    }),
    ...vanished.map((before) => ({ before })),
  ];
  return { before: present, changes };
}

/** A load sorts thousands of ids: only those that are text need a BigInt. */
function inOrder(a: MoodleId, b: MoodleId): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return BigInt(a) < BigInt(b) ? -1 : 1;
}

async function presentRows<Row>(
  trx: WarehouseTransaction,
  { name, moodleId, columns }: LoadedTable<Row>,
  date: string | undefined,
): Promise<(Row & { id: number })[]> {
  const wanted = [...new Set(['id', moodleId, ...columns])].map((column) => sql.ref(column));
  const ofDate = date === undefined ? sql`` : sql`WHERE extraction_date = ${date}`;
  const { rows } = await sql<Row & { id: number }>`
    SELECT ${sql.join(wanted)} FROM ${sql.table(name)} ${ofDate}`.execute(trx);
  return rows;
}

/** Whether the table has a row as it is to be loaded. Decimals are text on both sides. */
function isUnchanged<Row>(columns: LoadedTable<Row>['columns'], row: Row, present: Row | undefined): boolean {
  if (!present) return false;
  return columns.every((column) => (row[column] ?? null) === present[column]);
}

/** Inserts rows of a date that has none: the server need not prepare an update for each. */
async function insertNew<Row>(...load: Parameters<typeof upsert<Row>>): Promise<void> {
  const [trx, table, date, rows] = load;
  try {
    await trx.executeQuery(CompiledQuery.raw(insertOf(table, date, rows)));
  } catch (error) {
    // Another program has inserted a row since. The statement alone was rolled back.
    if (!isDuplicateKey(error)) throw error;
    await upsert(...load);
  }
}

async function upsert<Row>(
  trx: WarehouseTransaction,
  table: LoadedTable<Row>,
  date: string | undefined,
  rows: readonly Row[],
): Promise<void> {
  // MariaDB has only VALUES(column), which MySQL 8.4 deprecates.
  const updates = table.columns.map((column) => `${column} = VALUES(${column})`);
  const insert = insertOf(table, date, rows);
  await trx.executeQuery(CompiledQuery.raw(`${insert} ON DUPLICATE KEY UPDATE ${updates.join(', ')}`));
}

/**
 * The INSERT of rows, as text. The query builder makes a node for each of ten thousand values, and the driver searches
 * megabytes for placeholders: both take longer than the server needs for the rows.
 */
function insertOf<Row>(table: LoadedTable<Row>, date: string | undefined, rows: readonly Row[]): string {
  const columns = [table.moodleId, ...table.columns];
  const ofDate = date === undefined ? [] : [sqlLiteral(date)];
  // One array for all rows. Strings that grow by a value at a time would be copied by each garbage collection.
  const values: (string | number)[] = [...ofDate, ...columns.map(() => 0)];
  const tuples = rows.map((row) => {
    for (const [index, column] of columns.entries()) {
      values[ofDate.length + index] = sqlLiteral((row[column] ?? null) as string | number | null);
    }
    return values.join(',');
  });
  const written = [...ofDate.map(() => 'extraction_date'), ...columns];
  return `INSERT INTO ${table.name} (${written.join(', ')}) VALUES (${tuples.join('),(')})`;
}
