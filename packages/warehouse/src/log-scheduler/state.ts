import {
  BATCHES,
  type Batch,
  EtlError,
  type EtlStatus,
  MERGED_BATCHES,
  mapInSlices,
  runStatus,
  SCHEDULER_STATUS,
  type SchedulerStatus,
  statusInWords,
} from '@etl/core';
import { type Selectable, sql } from 'kysely';
import type { LogSchedulerTable } from '../tables.ts';
import type { Warehouse } from '../warehouse.ts';
import { type BatchDetails, parseDetails } from './details.ts';
import { saysPurged } from './endings.ts';

export type LogSchedulerRow = Omit<Selectable<LogSchedulerTable>, 'details'> & { details: BatchDetails };

/** A run, or the state of a date: the newest run of it, and the newest row of every batch. */
export interface RunState {
  runId: string;
  date: string;
  status: EtlStatus;
  /** The rows of the run itself. */
  rows: LogSchedulerRow[];
  /** The newest row of each batch for the run's date, whichever run it belongs to. */
  newest: Partial<Record<Batch, LogSchedulerRow>>;
}

/** The state of the newest run, of a date or of all. Undefined where there is none. Read it on a snapshot. */
export async function newestRun(warehouse: Warehouse, date?: string): Promise<RunState | undefined> {
  const runs = warehouse.selectFrom('log_scheduler').select('run_id').orderBy('id', 'desc').limit(1);
  const newest = await (date ? runs.where('extraction_date', '=', date) : runs).executeTakeFirst();
  return newest && runState(warehouse, newest.run_id);
}

/** The state of one run. Undefined where there is no such run. Read it on a snapshot. */
export async function runState(warehouse: Warehouse, runId: string): Promise<RunState | undefined> {
  const rows = await rowsOfRun(warehouse, runId);
  const date = rows[0]?.extraction_date;
  if (date === undefined) return undefined;
  const newest: RunState['newest'] = {};
  for (const batch of BATCHES) {
    const row = await newestRow(warehouse, batch, date);
    if (row) newest[batch] = row;
  }
  return { runId, date, status: runStatus(rows.map(({ status }) => statusInWords(status))), rows, newest };
}

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

/** The row of a batch for a date that was started last. */
async function newestRow(
  warehouse: Warehouse,
  batch: Batch,
  date: string,
): Promise<LogSchedulerRow | undefined> {
  const row = await rowsOf(warehouse, batch, date).orderBy('id', 'desc').limit(1).executeTakeFirst();
  return row && parsed(row);
}

/** The row of a batch whose result the tables hold for a date: the one that completed last. Undefined where none has. */
export async function completedRow(
  warehouse: Warehouse,
  batch: Batch,
  date: string,
): Promise<LogSchedulerRow | undefined> {
  const row = await rowsOf(warehouse, batch, date)
    .where('status', '=', SCHEDULER_STATUS.finished)
    .orderBy('finished_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && parsed(row);
}

function rowsOf(warehouse: Warehouse, batch: Batch, date: string) {
  return warehouse
    .selectFrom('log_scheduler')
    .selectAll()
    .where('extraction_date', '=', date)
    .where('batch_name', '=', batch);
}

/** The newest date whose merge has completed. */
export async function lastCompletedDate(warehouse: Warehouse): Promise<string | undefined> {
  const newest = await warehouse
    .selectFrom('log_scheduler')
    .select('extraction_date')
    .where('batch_name', '=', 'main_etl')
    .where('status', '=', SCHEDULER_STATUS.finished)
    .orderBy('extraction_date', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest?.extraction_date;
}

/** The newest date whose stored figures are of the whole day: provisional figures of today hide no night that failed. */
export async function lastFinalDate(warehouse: Warehouse): Promise<string | undefined> {
  let before: string | undefined;
  for (;;) {
    let merges = warehouse
      .selectFrom('log_scheduler')
      .select(['extraction_date', 'details'])
      .where('batch_name', '=', 'main_etl')
      .where('status', '=', SCHEDULER_STATUS.finished);
    if (before !== undefined) merges = merges.where('extraction_date', '<', before);
    const newest = await merges
      .orderBy('extraction_date', 'desc')
      .orderBy('finished_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!newest || !parseDetails(newest.details).provisional) return newest?.extraction_date;
    before = newest.extraction_date;
  }
}

/** The completed rows whose results a merge takes. */
export type MergedRows = Record<(typeof MERGED_BATCHES)[number], LogSchedulerRow>;

/**
 * Whether a merge of the date may be started. Throws ETL_PREREQUISITES_MISSING where one of the two batches never completed
 * for it, or is queued or in progress at this moment.
 */
export async function requireMergePrerequisites(warehouse: Warehouse, date: string): Promise<void> {
  await rowsToMerge(warehouse, date);
  for (const batch of MERGED_BATCHES) {
    const newest = await newestRow(warehouse, batch, date);
    if (newest?.active_key != null) throw new EtlError('ETL_PREREQUISITES_MISSING');
  }
}

/**
 * The rows whose results the merge of the run `runId` takes. Throws ETL_PREREQUISITES_MISSING where a batch never completed for
 * the date, or is part of this very run and has not completed in it: a merge that was let loose early must not pass.
 */
export async function rowsToMerge(warehouse: Warehouse, date: string, runId?: string): Promise<MergedRows> {
  const [activityCounts, userCounts] = await Promise.all(
    MERGED_BATCHES.map((batch) => completedRow(warehouse, batch, date)),
  );
  // Of the counts of the PHP system nobody knows whether they are all there.
  if (!activityCounts || !userCounts || activityCounts.details.adopted)
    throw new EtlError('ETL_PREREQUISITES_MISSING');
  if (runId !== undefined) {
    const unfinished = await warehouse
      .selectFrom('log_scheduler')
      .select('id')
      .where('run_id', '=', runId)
      .where('batch_name', 'in', MERGED_BATCHES)
      .where('status', '!=', SCHEDULER_STATUS.finished)
      .executeTakeFirst();
    if (unfinished) throw new EtlError('ETL_PREREQUISITES_MISSING');
  }
  return { activity_counts: activityCounts, user_counts: userCounts };
}

/** Whether one of the run's counting batches is queued or in progress. */
export async function isCounting(warehouse: Warehouse, runId: string): Promise<boolean> {
  const active = await warehouse
    .selectFrom('log_scheduler')
    .select('id')
    .where('run_id', '=', runId)
    .where('batch_name', 'in', MERGED_BATCHES)
    .where('active_key', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return active !== undefined;
}

/** Whether the newest attempt at the date's activity found that the source has lost log rows of it. */
export async function wasPurged(warehouse: Warehouse, date: string): Promise<boolean> {
  return saysPurged((await newestRow(warehouse, 'activity_counts', date))?.error_details ?? null);
}

/**
 * Batches that are queued or in progress: how many there are of each, and for how long the oldest has been so. A merge that waits for
 * the counts of its own run is no old one.
 */
export async function activity(
  warehouse: Warehouse,
): Promise<{ batch: Batch; status: EtlStatus; count: number; oldestSeconds: number }[]> {
  const rows = await warehouse
    .selectFrom('log_scheduler')
    .select(['batch_name', 'status'])
    .select((of) => of.fn.countAll<number>().as('count'))
    .select(
      // By the database's own clock.
      sql<number>`TIMESTAMPDIFF(SECOND, MIN(CASE
        WHEN status = ${sql.lit(SCHEDULER_STATUS.inProgress)} THEN started_at
        WHEN batch_name = 'main_etl' AND EXISTS (SELECT 1 FROM log_scheduler AS counting WHERE counting.run_id = log_scheduler.run_id
          AND counting.batch_name <> 'main_etl' AND counting.active_key IS NOT NULL) THEN NULL
        ELSE created_at END), NOW())`.as('oldest'),
    )
    .where('active_key', 'is not', null)
    .groupBy(['batch_name', 'status'])
    .execute();
  return rows.map(({ batch_name, status, count, oldest }) => ({
    batch: batch_name as Batch,
    status: statusInWords(status),
    count: Number(count),
    oldestSeconds: oldest ?? 0,
  }));
}

/** Each row takes a tenth of a millisecond to present. */
export const MOST_SCHEDULER_ROWS = 1000;

export interface SchedulerFilter {
  date?: string | undefined;
  batch?: Batch | undefined;
  status?: SchedulerStatus | undefined;
  limit: number;
  offset: number;
  /** Only rows with a smaller id: whatever has been added meanwhile stays away. */
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

/** The jobs of every failed row of those runs of the date in which one of these batches failed. */
export async function failedJobs(
  warehouse: Warehouse,
  date: string,
  batches: readonly Batch[],
): Promise<{ batch: Batch; jobId: string }[]> {
  const failedRuns = warehouse
    .selectFrom('log_scheduler')
    .select('run_id')
    .where('extraction_date', '=', date)
    .where('batch_name', 'in', batches)
    .where('status', '=', SCHEDULER_STATUS.failed);
  const rows = await warehouse
    .selectFrom('log_scheduler')
    .select(['batch_name', 'job_id'])
    .where('status', '=', SCHEDULER_STATUS.failed)
    .where('run_id', 'in', failedRuns)
    .execute();
  return rows.map(({ batch_name, job_id }) => ({ batch: batch_name as Batch, jobId: job_id }));
}

function parsed(row: Selectable<LogSchedulerTable>): LogSchedulerRow {
  return { ...row, details: parseDetails(row.details) };
}
