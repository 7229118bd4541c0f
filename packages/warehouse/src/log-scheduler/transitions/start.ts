import {
  type Batch,
  type Day,
  EtlError,
  type FigureSettings,
  isDuplicateKey,
  SCHEDULER_STATUS,
  type TriggerType,
} from '@etl/core';
import type { Insertable } from 'kysely';
import { holdSameSettings } from '../../figure-settings.ts';
import type { LogSchedulerTable } from '../../tables.ts';
import { inTransaction, type Warehouse, type WarehouseTransaction } from '../../warehouse.ts';
import { leaseEnd, timestamps } from '../times.ts';

export interface NewRun {
  runId: string;
  /** Those of the process that starts the run. The time zone of `day` is theirs. */
  settings: FigureSettings;
  day: Day;
  trigger: TriggerType;
  /** Name of the person or program that requested the run. */
  requestedBy: string;
  /** Extract the day even if the source has fewer rows of it than before. */
  force: boolean;
  batches: { batch: Batch; jobId: string; limitSize: number }[];
}

export interface QueuedBatch {
  batch: Batch;
  jobId: string;
  schedulerId: number;
}

/** The value of `active_key` while a row is queued or in progress. */
export function activeKey(batch: string, date: string): string {
  return `${batch}|${date}`;
}

/**
 * Inserts the rows of a run as queued, all or none. The caller has `leaseSeconds` to add the jobs to the queue.
 * Throws SETTINGS_DIFFER, and ETL_ALREADY_RUNNING if one of the batches is queued or in progress for that date. The
 * unique index on `active_key` decides, so that only one of any number of callers succeeds.
 */
export async function insertRun(
  warehouse: Warehouse,
  run: NewRun,
  leaseSeconds: number,
): Promise<QueuedBatch[]> {
  const queued = (batch: Batch) => ({
    status: SCHEDULER_STATUS.queued,
    active_key: activeKey(batch, run.day.date),
    ...timestamps({ lease_until: leaseEnd(leaseSeconds) }),
  });
  try {
    return await insertRows(warehouse, run, queued);
  } catch (cause) {
    if (!isDuplicateKey(cause)) throw cause;
    throw await alreadyRunning(
      warehouse,
      run.batches.map(({ batch }) => activeKey(batch, run.day.date)),
      cause,
    );
  }
}

/** ETL_ALREADY_RUNNING. Names the run that has one of these active keys, if it has not ended meanwhile. */
export async function alreadyRunning(
  warehouse: Warehouse,
  activeKeys: readonly string[],
  cause: unknown,
): Promise<EtlError> {
  const active = await warehouse
    .selectFrom('log_scheduler')
    .select('run_id')
    .where('active_key', 'in', activeKeys)
    .limit(1)
    .executeTakeFirst();
  return new EtlError('ETL_ALREADY_RUNNING', undefined, {
    cause,
    ...(active && { details: { run_id: active.run_id } }),
  });
}

type RowState = Pick<Insertable<LogSchedulerTable>, 'status' | 'active_key' | 'error_details'>;

/** Inserts a row for each batch of the run. Throws SETTINGS_DIFFER. */
export async function insertRows(
  warehouse: Warehouse,
  run: NewRun,
  stateOf: (batch: Batch) => RowState,
): Promise<QueuedBatch[]> {
  return inTransaction(warehouse, async (trx) => {
    await holdSameSettings(trx, run.settings);
    const inserted: QueuedBatch[] = [];
    for (const batch of run.batches) inserted.push(await insertRow(trx, run, batch, stateOf(batch.batch)));
    return inserted;
  });
}

async function insertRow(
  trx: WarehouseTransaction,
  run: NewRun,
  { batch, jobId, limitSize }: NewRun['batches'][number],
  state: RowState,
): Promise<QueuedBatch> {
  const { date, timeZone } = run.day;
  const inserted = await trx
    .insertInto('log_scheduler')
    .values({
      run_id: run.runId,
      job_id: jobId,
      batch_name: batch,
      extraction_date: date,
      limit_size: limitSize,
      start_date: `${date} 00:00:00`,
      end_date: `${date} 23:59:59`,
      trigger_type: run.trigger,
      requested_by: run.requestedBy,
      details: JSON.stringify({ time_zone: timeZone, ...(run.force && { force: true }) }),
      ...state,
    })
    .executeTakeFirstOrThrow();
  return { batch, jobId, schedulerId: Number(inserted.insertId) };
}
