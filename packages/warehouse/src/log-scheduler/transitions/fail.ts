import { type Batch, MERGED_BATCHES, SCHEDULER_STATUS } from '@etl/core';
import { inTransaction, type Warehouse, type WarehouseTransaction } from '../../warehouse.ts';
import type { Failure } from '../failure.ts';
import { type Claim, heldBy } from '../fence.ts';
import { failureColumns } from './ending.ts';

/**
 * Sets a claimed row failed, and the queued merge that waits for it. Returns false, and writes nothing, if the
 * claim is lost.
 */
export async function failBatch(
  warehouse: Warehouse,
  claim: Pick<Claim, 'schedulerId' | 'runId' | 'batch' | 'fence'>,
  failure: Failure,
): Promise<boolean> {
  return inTransaction(warehouse, async (trx) => {
    const updated = await trx
      .updateTable('log_scheduler')
      .set(failureColumns(failure))
      .where(heldBy(claim))
      .executeTakeFirst();
    if (updated.numUpdatedRows === 0n) return false;
    if (isMerged(claim.batch)) {
      await trx
        .updateTable('log_scheduler')
        .set(failureColumns({ code: 'COUNTS_FAILED', why: `Not started: ${claim.batch} failed` }))
        .where('run_id', '=', claim.runId)
        .where('batch_name', '=', 'main_etl')
        .where('status', '=', SCHEDULER_STATUS.queued)
        .execute();
    }
    return true;
  });
}

function isMerged(batch: Batch): boolean {
  return (MERGED_BATCHES as readonly Batch[]).includes(batch);
}

/**
 * Sets the queued rows and those in progress of a run failed. Their workers lose their claims. Returns how many
 * rows it ended.
 */
export async function failActiveRows(
  trx: WarehouseTransaction,
  runId: string,
  failure: Failure,
): Promise<number> {
  const updated = await trx
    .updateTable('log_scheduler')
    .set(failureColumns(failure))
    .where('run_id', '=', runId)
    .where('active_key', 'is not', null)
    .executeTakeFirst();
  return Number(updated.numUpdatedRows);
}

/**
 * Sets the rows of a run failed whose jobs did not reach the queue. Returns false, and changes nothing, if a worker
 * has claimed a batch of it: the queue has the jobs, although its answer was lost.
 */
export async function failUnqueuedRun(
  warehouse: Warehouse,
  runId: string,
  failure: Failure,
): Promise<boolean> {
  return inTransaction(warehouse, async (trx) => {
    const rows = await trx
      .selectFrom('log_scheduler')
      .select(['id', 'status', 'attempt'])
      .where('run_id', '=', runId)
      .orderBy('id')
      .forUpdate()
      .execute();
    if (rows.some(({ status, attempt }) => status !== SCHEDULER_STATUS.queued || attempt > 0)) return false;
    await trx.updateTable('log_scheduler').set(failureColumns(failure)).where('run_id', '=', runId).execute();
    return true;
  });
}
