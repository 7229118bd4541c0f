import { type Batch, EtlError } from '@etl/core';
import { cancelRows, rowsOfRun } from '@etl/warehouse';
import { removeJobs } from './flow.ts';
import type { RunControl } from './run-control.ts';

/**
 * Cancels what of a run is queued or in progress. A worker that is at it, on whatever machine, finds out within a second, and ends
 * its statements. Batches that have finished stay as they are. Works also while the queue is away. Throws NOT_FOUND;
 * INVALID_REQUEST where the run has ended.
 */
export async function cancelRun(
  { warehouse, queues, log }: RunControl,
  { runId, requestedBy }: { runId: string; requestedBy: string },
): Promise<void> {
  const rows = await rowsOfRun(warehouse, runId);
  if (rows.length === 0) throw new EtlError('NOT_FOUND', `There is no run ${runId}`);
  const cancelled = await cancelRows(warehouse, runId, requestedBy);
  if (cancelled === 0) throw new EtlError('INVALID_REQUEST', `Run ${runId} has ended already`);
  log.info({ runId, requestedBy, batches: cancelled }, 'run cancelled');
  try {
    await removeJobs(
      queues,
      rows.map((row) => ({ batch: row.batch_name as Batch, jobId: row.job_id })),
    );
  } catch (error) {
    // A worker that gets one of them finds that its row has failed.
    log.warn({ runId, err: error }, 'the jobs of a cancelled run are still in the queue');
  }
}
