import { CompiledQuery, sql } from 'kysely';
import type { MoodleId, WarehouseTables } from './tables.ts';
import type { WarehouseTransaction } from './warehouse.ts';

/** A table that holds one row for each course and date. */
export interface DailyTable<Row> {
  name: keyof WarehouseTables;
  /** The column of the course's id: unique together with `extraction_date`. */
  courseColumn: keyof Row & string;
  /** The other columns that a load sets. */
  columns: readonly (keyof Row & string)[];
}

/**
 * Leaves exactly `rows` as the date's rows: new ones inserted, changed ones updated, vanished ones deleted. A row that
 * stays keeps its id and `created_at`. Writes `rowsPerStatement` rows at a time, and none that is there already as it should be.
 */
export async function replaceDate<Row>(
  trx: WarehouseTransaction,
  table: DailyTable<Row>,
  date: string,
  rows: readonly Row[],
  rowsPerStatement: number,
): Promise<void> {
  const courseOf = (row: Row) => row[table.courseColumn] as MoodleId;
  const present = await presentRows(trx, table, date);
  const staying = new Set(rows.map(courseOf));
  const vanished = present.filter((row) => !staying.has(courseOf(row))).map(({ id }) => id);
  if (vanished.length > 0) {
    await sql`DELETE FROM ${sql.table(table.name)} WHERE id IN (${sql.join(vanished)})`.execute(trx);
  }
  const presentOf = new Map(present.map((row) => [courseOf(row), row]));
  const changed = rows.filter((row) => !isUnchanged(table.columns, row, presentOf.get(courseOf(row))));
  // In the order of the index, so that two loads meet on it in the same order and do not deadlock.
  changed.sort((a, b) => (BigInt(courseOf(a)) < BigInt(courseOf(b)) ? -1 : 1));
  for (let done = 0; done < changed.length; done += rowsPerStatement) {
    await upsert(trx, table, date, changed.slice(done, done + rowsPerStatement));
  }
}

async function presentRows<Row>(
  trx: WarehouseTransaction,
  { name, courseColumn, columns }: DailyTable<Row>,
  date: string,
): Promise<(Row & { id: number })[]> {
  const wanted = ['id', courseColumn, ...columns].map((column) => sql.ref(column));
  const { rows } = await sql<Row & { id: number }>`
    SELECT ${sql.join(wanted)} FROM ${sql.table(name)} WHERE extraction_date = ${date}`.execute(trx);
  return rows;
}

/** Whether a row stands in the table as it is to be loaded. The table gives decimals as text, and so do we. */
function isUnchanged<Row>(columns: DailyTable<Row>['columns'], row: Row, present: Row | undefined): boolean {
  if (!present) return false;
  return columns.every((column) => row[column] === present[column]);
}

async function upsert<Row>(
  trx: WarehouseTransaction,
  table: DailyTable<Row>,
  date: string,
  rows: readonly Row[],
): Promise<void> {
  const columns = [table.courseColumn, ...table.columns];
  // VALUES(column) is deprecated in MySQL 8.4, but MariaDB has nothing else.
  const updates = table.columns.map((column) => `${column} = VALUES(${column})`);
  // Not by the query builder: a node of its for each of ten thousand values takes longer than the server takes for the rows.
  const parameters: unknown[] = [];
  const value = (given: unknown) => {
    if (typeof given === 'number') return String(given);
    parameters.push(given);
    return '?';
  };
  const tuples = rows.map(
    (row) => `(${[date, ...columns.map((column) => row[column])].map(value).join(',')})`,
  );
  await trx.executeQuery(
    CompiledQuery.raw(
      `INSERT INTO ${table.name} (extraction_date, ${columns.join(', ')})
       VALUES ${tuples.join(',')}
       ON DUPLICATE KEY UPDATE ${updates.join(', ')}`,
      parameters,
    ),
  );
}
