import type { Insertable } from 'kysely';
import { type LoadedTable, replaceRows } from './replace-rows.ts';
import type { UserCountsTable } from './tables.ts';
import type { Warehouse, WarehouseTransaction } from './warehouse.ts';

/** The enrolment counts of a course, of the moment when they were counted. */
export type UserCounts = Omit<Insertable<UserCountsTable>, 'id' | 'extraction_date'>;

const TABLE: LoadedTable<UserCounts> = {
  name: 'user_counts_etl',
  moodleId: 'courseid',
  columns: ['num_students', 'num_teachers'],
};

export async function replaceUserCounts(
  trx: WarehouseTransaction,
  date: string,
  rows: readonly UserCounts[],
  rowsPerStatement: number,
): Promise<void> {
  await replaceRows(trx, TABLE, rows, { date, rowsPerStatement });
}

/** The rows of a date. */
export async function userCountsOf(warehouse: Warehouse, date: string): Promise<UserCounts[]> {
  return warehouse
    .selectFrom('user_counts_etl')
    .select(['courseid', ...TABLE.columns])
    .where('extraction_date', '=', date)
    .execute();
}
