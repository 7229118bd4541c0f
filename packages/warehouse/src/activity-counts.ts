import { VIEW_COLUMNS } from '@etl/core';
import type { Insertable } from 'kysely';
import { type DailyTable, replaceDate } from './replace-date.ts';
import type { ActivityCountsTable } from './tables.ts';
import type { Warehouse, WarehouseTransaction } from './warehouse.ts';

/** A course's views on a day, by kind. */
export type ActivityCounts = Omit<Insertable<ActivityCountsTable>, 'id' | 'extraction_date'>;

const TABLE: DailyTable<ActivityCounts> = {
  name: 'activity_counts_etl',
  courseColumn: 'courseid',
  columns: [...VIEW_COLUMNS, 'active_days'],
};

export async function replaceActivityCounts(
  trx: WarehouseTransaction,
  date: string,
  rows: readonly ActivityCounts[],
  rowsPerStatement: number,
): Promise<void> {
  await replaceDate(trx, TABLE, date, rows, rowsPerStatement);
}

/** The date's counts of every course that has any. */
export async function activityCountsOf(warehouse: Warehouse, date: string): Promise<ActivityCounts[]> {
  return warehouse
    .selectFrom('activity_counts_etl')
    .select(['courseid', ...TABLE.columns])
    .where('extraction_date', '=', date)
    .execute();
}
