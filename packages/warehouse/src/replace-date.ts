import { sql } from 'kysely';
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
 * stays keeps its id and `created_at`. Writes `rowsPerStatement` rows at a time.
 */
export async function replaceDate<Row>(
  trx: WarehouseTransaction,
  table: DailyTable<Row>,
  date: string,
  rows: readonly Row[],
  rowsPerStatement: number,
): Promise<void> {
  const courseOf = (row: Row) => row[table.courseColumn] as MoodleId;
  await deleteVanished(trx, table, date, new Set(rows.map(courseOf)));
  // In the order of the index, so that two loads meet on it in the same order and do not deadlock.
  const inOrder = rows.toSorted((a, b) => (BigInt(courseOf(a)) < BigInt(courseOf(b)) ? -1 : 1));
  for (let done = 0; done < inOrder.length; done += rowsPerStatement) {
    await upsert(trx, table, date, inOrder.slice(done, done + rowsPerStatement));
  }
}

async function deleteVanished<Row>(
  trx: WarehouseTransaction,
  table: DailyTable<Row>,
  date: string,
  staying: ReadonlySet<MoodleId>,
): Promise<void> {
  const { rows: present } = await sql<{ id: number; course: MoodleId }>`
    SELECT id, ${sql.ref(table.courseColumn)} AS course FROM ${sql.table(table.name)}
    WHERE extraction_date = ${date}`.execute(trx);
  const vanished = present.filter(({ course }) => !staying.has(course)).map(({ id }) => id);
  if (vanished.length > 0) {
    await sql`DELETE FROM ${sql.table(table.name)} WHERE id IN (${sql.join(vanished)})`.execute(trx);
  }
}

async function upsert<Row>(
  trx: WarehouseTransaction,
  table: DailyTable<Row>,
  date: string,
  rows: readonly Row[],
): Promise<void> {
  const columns = [table.courseColumn, ...table.columns];
  const tuples = rows.map((row) => sql`(${sql.join([...columns.map((column) => row[column]), date])})`);
  // VALUES(column) is deprecated in MySQL 8.4, but MariaDB has nothing else.
  const updates = table.columns.map((column) => sql`${sql.ref(column)} = VALUES(${sql.ref(column)})`);
  await sql`
    INSERT INTO ${sql.table(table.name)} (${sql.join([...columns, 'extraction_date'].map((column) => sql.ref(column)))})
    VALUES ${sql.join(tuples)}
    ON DUPLICATE KEY UPDATE ${sql.join(updates)}`.execute(trx);
}
