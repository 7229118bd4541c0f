import { type Batch, SCHEDULER_STATUS } from '@etl/core';
import { type Kysely, type SqlBool, sql } from 'kysely';
import type { WarehouseTables } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';
import { parseDetails } from './details.ts';
import { type LogSchedulerRow, parsed } from './rows.ts';

/**
 * The order whose first row is the newest completed row of a date: of all rows of a batch and date that completed,
 * the one that finished last. The tables hold its result. This is the only statement of that rule.
 */
export function newestFirst(row: string) {
  return sql`${sql.ref(`${row}.finished_at`)} DESC, ${sql.ref(`${row}.id`)} DESC`;
}

/**
 * Whether a row is the newest completed row of its batch and date, by the name that a query gives the row. The
 * server sorts the rows of the date for each row: a query that can read them in order is faster.
 */
export function isNewestCompleted(row: string) {
  const column = (name: string) => sql.ref(`${row}.${name}`);
  return sql<SqlBool>`${column('id')} = (
    SELECT newest.id FROM log_scheduler AS newest
    WHERE newest.extraction_date = ${column('extraction_date')} AND newest.batch_name = ${column('batch_name')}
      AND newest.status = ${sql.lit(SCHEDULER_STATUS.finished)}
    ORDER BY ${newestFirst('newest')} LIMIT 1)`;
}

/** Which attempt a completed row is of: no other one has the same id and fence. */
export type CompletedBatch = Pick<LogSchedulerRow, 'id' | 'run_id' | 'fence'>;

/** All completed rows of a batch. */
export function completedRows(warehouse: Kysely<WarehouseTables>, batch: Batch) {
  return warehouse
    .selectFrom('log_scheduler as completed')
    .where('completed.batch_name', '=', batch)
    .where('completed.status', '=', SCHEDULER_STATUS.finished);
}

/** The newest completed row of a batch for a date. Undefined if the batch never completed for it. */
export async function completedRow(
  warehouse: Warehouse,
  batch: Batch,
  date: string,
): Promise<LogSchedulerRow | undefined> {
  const row = await completedRows(warehouse, batch)
    .selectAll('completed')
    .where('completed.extraction_date', '=', date)
    .orderBy(newestFirst('completed'))
    .limit(1)
    .executeTakeFirst();
  return row && parsed(row);
}

/** The newest date whose merge has completed. */
export async function lastCompletedDate(warehouse: Warehouse): Promise<string | undefined> {
  const newest = await completedRows(warehouse, 'main_etl')
    .select('completed.extraction_date')
    .orderBy('completed.extraction_date', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest?.extraction_date;
}

/** When the newest merge completed, in UTC: the tables hold what was counted until then. */
export async function lastCompletedAt(warehouse: Warehouse): Promise<string | undefined> {
  const newest = await completedRows(warehouse, 'main_etl')
    .select((row) => row.fn.max('completed.finished_at').as('at'))
    .executeTakeFirst();
  return newest?.at ?? undefined;
}

/**
 * The newest date whose stored figures are of the whole day. Provisional figures of today do not hide a failed
 * night.
 */
export async function lastFinalDate(warehouse: Warehouse): Promise<string | undefined> {
  const merges = completedRows(warehouse, 'main_etl')
    .select(['completed.extraction_date as date', 'completed.details'])
    .orderBy('completed.extraction_date', 'desc')
    .orderBy(newestFirst('completed'))
    .limit(1);
  let newest = await merges.executeTakeFirst();
  while (newest && parseDetails(newest.details).provisional) {
    newest = await merges.where('completed.extraction_date', '<', newest.date).executeTakeFirst();
  }
  return newest?.date;
}
