import { type Batch, SCHEDULER_STATUS } from '@etl/core';
import { type Kysely, type SqlBool, sql } from 'kysely';
import type { WarehouseTables } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';
import { parseDetails } from './details.ts';
import { type LogSchedulerRow, parsed } from './rows.ts';

/**
 * The newest completed row of a date: of all rows of a batch and date that completed, the one that finished last.
 * The tables hold its result. This file has the only statement of that rule.
 */
export function newestCompleted(warehouse: Kysely<WarehouseTables>, batch: Batch) {
  return warehouse
    .selectFrom('log_scheduler as completed')
    .where('completed.batch_name', '=', batch)
    .where('completed.status', '=', SCHEDULER_STATUS.finished)
    .where(sql<SqlBool>`NOT ${isReplaced('completed')}`);
}

/**
 * Whether a row of the same batch and date finished after a completed row, by the name that a query gives the
 * completed row.
 */
export function isReplaced(row: string) {
  const column = (name: string) => sql.ref(`${row}.${name}`);
  return sql<SqlBool>`EXISTS (
    SELECT 1 FROM log_scheduler AS newer
    WHERE newer.extraction_date = ${column('extraction_date')} AND newer.batch_name = ${column('batch_name')}
      AND newer.status = ${sql.lit(SCHEDULER_STATUS.finished)}
      AND (newer.finished_at > ${column('finished_at')}
        OR (newer.finished_at = ${column('finished_at')} AND newer.id > ${column('id')})))`;
}

/** The newest completed row of a batch for a date. Undefined if the batch never completed for it. */
export async function completedRow(
  warehouse: Warehouse,
  batch: Batch,
  date: string,
): Promise<LogSchedulerRow | undefined> {
  const row = await newestCompleted(warehouse, batch)
    .selectAll('completed')
    .where('completed.extraction_date', '=', date)
    .executeTakeFirst();
  return row && parsed(row);
}

/** The newest date whose merge has completed. */
export async function lastCompletedDate(warehouse: Warehouse): Promise<string | undefined> {
  const newest = await newestMerge(warehouse).executeTakeFirst();
  return newest?.date;
}

/**
 * The newest date whose stored figures are of the whole day. Provisional figures of today do not hide a failed
 * night.
 */
export async function lastFinalDate(warehouse: Warehouse): Promise<string | undefined> {
  let newest = await newestMerge(warehouse).executeTakeFirst();
  while (newest && parseDetails(newest.details).provisional) {
    newest = await newestMerge(warehouse)
      .where('completed.extraction_date', '<', newest.date)
      .executeTakeFirst();
  }
  return newest?.date;
}

function newestMerge(warehouse: Warehouse) {
  return newestCompleted(warehouse, 'main_etl')
    .select(['completed.extraction_date as date', 'completed.details'])
    .orderBy('completed.extraction_date', 'desc')
    .limit(1);
}
