import {
  type Batch,
  type Day,
  EtlError,
  isDuplicateKey,
  SCHEDULER_STATUS,
  type TriggerType,
} from '@etl/core';
import { inTransaction, type Warehouse, type WarehouseTransaction } from '../warehouse.ts';

export interface NewRun {
  runId: string;
  day: Day;
  trigger: TriggerType;
  /** Name of the person or program that asked for it. */
  requestedBy: string;
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
 * Writes the run's rows as queued, all or none. Throws ETL_ALREADY_RUNNING where one of its batches is queued or in
 * progress for that date: the unique index on `active_key` decides, so that of any number of callers one gets through.
 */
export async function insertRun(warehouse: Warehouse, run: NewRun): Promise<QueuedBatch[]> {
  try {
    return await inTransaction(warehouse, async (trx) => {
      const queued: QueuedBatch[] = [];
      for (const batch of run.batches) queued.push(await insertBatch(trx, run, batch));
      return queued;
    });
  } catch (cause) {
    if (isDuplicateKey(cause)) throw new EtlError('ETL_ALREADY_RUNNING', undefined, { cause });
    throw cause;
  }
}

async function insertBatch(
  trx: WarehouseTransaction,
  run: NewRun,
  { batch, jobId, limitSize }: NewRun['batches'][number],
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
      status: SCHEDULER_STATUS.queued,
      start_date: `${date} 00:00:00`,
      end_date: `${date} 23:59:59`,
      trigger_type: run.trigger,
      requested_by: run.requestedBy,
      details: JSON.stringify({ time_zone: timeZone }),
      active_key: activeKey(batch, date),
    })
    .executeTakeFirstOrThrow();
  return { batch, jobId, schedulerId: Number(inserted.insertId) };
}

/**
 * Ends the rows of a run whose jobs did not get into the queue, as failed. Returns false, and changes nothing, where a worker
 * has taken a batch of it: then the queue did get the jobs, although it could not say so.
 */
export async function failUnqueuedRun(warehouse: Warehouse, runId: string, why: string): Promise<boolean> {
  return inTransaction(warehouse, async (trx) => {
    const rows = await trx
      .selectFrom('log_scheduler')
      .select(['id', 'status', 'attempt'])
      .where('run_id', '=', runId)
      .orderBy('id')
      .forUpdate()
      .execute();
    if (rows.some(({ status, attempt }) => status !== SCHEDULER_STATUS.queued || attempt > 0)) return false;
    await trx
      .updateTable('log_scheduler')
      .set({ status: SCHEDULER_STATUS.failed, error_details: why, active_key: null })
      .where('run_id', '=', runId)
      .execute();
    return true;
  });
}
