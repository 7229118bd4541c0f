import { type Batch, mapInSlices, SCHEDULER_STATUS, type SchedulerStatus } from '@etl/core';
import type { Selectable } from 'kysely';
import type { LogSchedulerTable } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';
import { type BatchDetails, parseDetails } from './details.ts';
import type { RecordedFailure } from './failure.ts';

/** A row as the API and the command show it. `failure_code` is null if the row has not failed. */
export type LogSchedulerRow = Omit<
  Selectable<LogSchedulerTable>,
  'details' | 'failure_code' | 'failed_at'
> & { details: BatchDetails; failure_code: RecordedFailure['code'] | null };

/** The rows of a run, in the order of its batches. */
export async function rowsOfRun(warehouse: Warehouse, runId: string): Promise<LogSchedulerRow[]> {
  const rows = await warehouse
    .selectFrom('log_scheduler')
    .selectAll()
    .where('run_id', '=', runId)
    .orderBy('id')
    .execute();
  return rows.map(parsed);
}

/** The row of a batch for a date that was inserted last. */
export async function newestRow(
  warehouse: Warehouse,
  batch: Batch,
  date: string,
): Promise<LogSchedulerRow | undefined> {
  const row = await warehouse
    .selectFrom('log_scheduler')
    .selectAll()
    .where('extraction_date', '=', date)
    .where('batch_name', '=', batch)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && parsed(row);
}

/** A page limit: presenting a row takes a tenth of a millisecond. */
export const MOST_SCHEDULER_ROWS = 1000;

export interface SchedulerFilter {
  date?: string | undefined;
  batch?: Batch | undefined;
  status?: SchedulerStatus | undefined;
  limit: number;
  offset: number;
  /** Only rows with a smaller id, so that rows inserted meanwhile do not move the pages. */
  before?: number | undefined;
}

/** Rows of `log_scheduler`, newest first. */
export async function schedulerRows(
  warehouse: Warehouse,
  filter: SchedulerFilter,
): Promise<LogSchedulerRow[]> {
  let rows = warehouse.selectFrom('log_scheduler').selectAll();
  if (filter.date !== undefined) rows = rows.where('extraction_date', '=', filter.date);
  if (filter.batch !== undefined) rows = rows.where('batch_name', '=', filter.batch);
  if (filter.status !== undefined) rows = rows.where('status', '=', filter.status);
  if (filter.before !== undefined) rows = rows.where('id', '<', filter.before);
  const page = await rows.orderBy('id', 'desc').limit(filter.limit).offset(filter.offset).execute();
  return mapInSlices(page, parsed);
}

export function parsed({ failed_at: failedAt, ...row }: Selectable<LogSchedulerTable>): LogSchedulerRow {
  return {
    ...row,
    details: parseDetails(row.details),
    failure_code: codeOf({ ...row, failed_at: failedAt }),
  };
}

/** The rule of `failureCode`, for a row that has been read. */
function codeOf(row: Selectable<LogSchedulerTable>): RecordedFailure['code'] | null {
  if (row.status !== SCHEDULER_STATUS.failed) return null;
  return (row.failed_at === row.finished_at ? row.failure_code : null) ?? 'UNKNOWN';
}
