import { VIEW_COLUMNS } from '@etl/core';
import type { Insertable } from 'kysely';
import { type LoadedTable, replaceRows } from './replace-rows.ts';
import { literalId } from './reports/course-rows.ts';
import type { ActivityCountsTable } from './tables.ts';
import type { Warehouse, WarehouseTransaction } from './warehouse.ts';

/** The views of a course on a day, by kind. */
export type ActivityCounts = Omit<Insertable<ActivityCountsTable>, 'id' | 'extraction_date'>;

const TABLE: LoadedTable<ActivityCounts> = {
  name: 'activity_counts_etl',
  moodleId: 'courseid',
  columns: [...VIEW_COLUMNS, 'active_days', 'other_views'],
};

export async function replaceActivityCounts(
  trx: WarehouseTransaction,
  date: string,
  rows: readonly ActivityCounts[],
  rowsPerStatement: number,
): Promise<void> {
  await replaceRows(trx, TABLE, rows, { date, rowsPerStatement });
}

/** The rows of a date. */
export async function activityCountsOf(warehouse: Warehouse, date: string): Promise<ActivityCounts[]> {
  return warehouse
    .selectFrom('activity_counts_etl')
    .select(['courseid', ...TABLE.columns])
    .where('extraction_date', '=', date)
    .execute();
}

/** The counts of one course. Courses that the merge left out have them as well. */
export async function courseCounts(
  warehouse: Warehouse,
  date: string,
  course: string,
): Promise<ActivityCounts | undefined> {
  return warehouse
    .selectFrom('activity_counts_etl')
    .select(['courseid', ...TABLE.columns])
    .where('extraction_date', '=', date)
    .where('courseid', '=', literalId(course))
    .executeTakeFirst();
}
