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
): Promise<void> {
  const idOf = (row: Row) => row[table.moodleId] as MoodleId;
  const present = await presentRows(trx, table, date);
  const staying = new Set(rows.map(idOf));
  const vanished = present.filter((row) => !staying.has(idOf(row))).map(({ id }) => id);
  if (vanished.length > 0) {
    await sql`DELETE FROM ${sql.table(table.name)} WHERE id IN (${sql.join(vanished)})`.execute(trx);
  }
  const presentOf = new Map(present.map((row) => [idOf(row), row]));
  const changed = rows.filter((row) => !isUnchanged(table.columns, row, presentOf.get(idOf(row))));
  // In the order of the index: two loads lock its entries in the same order and do not deadlock.
  changed.sort((a, b) => inOrder(idOf(a), idOf(b)));
  for (let done = 0; done < changed.length; done += rowsPerStatement) {
    await upsert(trx, table, date, changed.slice(done, done + rowsPerStatement));
  }
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
  return columns.every((column) => row[column] === present[column]);
}

async function upsert<Row>(
  trx: WarehouseTransaction,
  table: LoadedTable<Row>,
  date: string | undefined,
  rows: readonly Row[],
): Promise<void> {
  const ofDate = date === undefined ? [] : [date];
  const columns = [table.moodleId, ...table.columns];
  const written = [...ofDate.map(() => 'extraction_date'), ...columns];
  // MariaDB has only VALUES(column), which MySQL 8.4 deprecates.
  const updates = table.columns.map((column) => `${column} = VALUES(${column})`);
  // Raw SQL: the query builder makes a node for each of ten thousand values, which takes longer than the server
  // needs for the rows.
  const parameters: unknown[] = [];
  const value = (given: unknown) => {
    if (typeof given === 'number') return String(given);
    parameters.push(given);
    return '?';
  };
  const tuples = rows.map(
    (row) => `(${[...ofDate, ...columns.map((column) => row[column])].map(value).join(',')})`,
  );
  await trx.executeQuery(
    CompiledQuery.raw(
      `INSERT INTO ${table.name} (${written.join(', ')})
       VALUES ${tuples.join(',')}
       ON DUPLICATE KEY UPDATE ${updates.join(', ')}`,
      parameters,
    ),
  );
}
