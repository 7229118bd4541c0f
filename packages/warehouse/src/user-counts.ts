import type { Insertable } from 'kysely';
import { type DailyTable, replaceDate } from './replace-date.ts';
import type { UserCountsTable } from './tables.ts';
import type { Warehouse, WarehouseTransaction } from './warehouse.ts';

/** A course's heads, as they were when they were counted. */
export type UserCounts = Omit<Insertable<UserCountsTable>, 'id' | 'extraction_date'>;

const TABLE: DailyTable<UserCounts> = {
  name: 'user_counts_etl',
  courseColumn: 'courseid',
  columns: ['num_students', 'num_teachers'],
};

export async function replaceUserCounts(
  trx: WarehouseTransaction,
  date: string,
  rows: readonly UserCounts[],
  rowsPerStatement: number,
): Promise<void> {
  await replaceDate(trx, TABLE, date, rows, rowsPerStatement);
}

/** The date's head-counts of every course that has any. */
export async function userCountsOf(warehouse: Warehouse, date: string): Promise<UserCounts[]> {
  return warehouse
    .selectFrom('user_counts_etl')
    .select(['courseid', ...TABLE.columns])
    .where('extraction_date', '=', date)
    .execute();
}
