import { type Batch, EtlError } from '@etl/core';
import { cancelRows, rowsOfRun } from '@etl/warehouse';
import { removeJobs } from './flow.ts';
import type { RunControl } from './run-control.ts';

/**
 * Cancels the batches of a run that are queued or in progress. A worker that runs one notices within a second, and
 * ends its statements. Finished batches stay as they are. Also works while Redis is unreachable. Throws NOT_FOUND,
 * and INVALID_REQUEST if the run has ended.
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
    // A worker that receives one of them finds that its row has failed.
    log.warn({ runId, err: error }, 'jobs of a cancelled run not removed from the queue');
  }
}
