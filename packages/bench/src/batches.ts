import { randomUUID } from 'node:crypto';
import { type Batch, type Day, loadConfig } from '@etl/core';
import { ROWS_PER_SLICE, type Source } from '@etl/moodle';
import { BATCH_FUNCTIONS, countsCache } from '@etl/pipeline';
import {
  claimBatch,
  finishBatch,
  insertRun,
  inTransaction,
  lockClaim,
  renewLease,
  type Warehouse,
} from '@etl/warehouse';

const LEASE_SECONDS = 60;

const never = new AbortController().signal;

/**
 * Runs one batch as a worker does, with its row of `log_scheduler`, its progress and its load, but without the queue.
 */
export async function runBatch(
  batch: Batch,
  day: Day,
  {
    source,
    warehouse,
    rowsPerSlice = ROWS_PER_SLICE,
  }: { source: Source; warehouse: Warehouse; rowsPerSlice?: number },
): Promise<void> {
  const runId = randomUUID();
  const settings = loadConfig({});
  const [row] = await insertRun(
    warehouse,
    {
      runId,
      settings,
      day,
      trigger: 'api',
      requestedBy: 'bench',
      force: false,
      batches: [{ batch, jobId: runId, limitSize: 1000 }],
    },
    60,
  );
  const outcome = await claimBatch(
    warehouse,
    { schedulerId: row?.schedulerId ?? 0, runId, batch, settings },
    60,
  );
  if (outcome.kind !== 'claimed') throw new Error(`${batch} was not claimed: ${outcome.kind}`);
  const { claim } = outcome;
  const result = await BATCH_FUNCTIONS[batch](
    {
      day,
      runId,
      schedulerId: claim.schedulerId,
      fence: claim.fence,
      startedAt: claim.startedAt,
      force: false,
    },
    {
      source,
      warehouse,
      // Each batch is a run of its own here: the merge reads the counts from the warehouse.
      cache: countsCache(),
      settings: {
        batchSize: 1000,
        mergeBatchSize: 500,
        smallBelow: 0,
        rowsPerSlice,
        roles: { students: [5], teachers: [3, 4] },
      },
      signal: never,
      progress: (offset, numrow) => renewLease(warehouse, claim, { offset, numrow }, LEASE_SECONDS),
    },
  );
  await inTransaction(warehouse, async (trx) => {
    await lockClaim(trx, claim);
    await result.load(trx);
    await finishBatch(trx, claim, result);
  });
}
