import { EtlError, isWithinWindow } from '@etl/core';
import { requeueFailed, rowsOfRun } from '@etl/warehouse';
import { restoreJobs } from './restore-jobs.ts';
import type { RunControl } from './run-control.ts';

/**
 * Runs the failed batches of a run again, each with all its attempts. The merge follows by itself. Throws:
 * - NOT_FOUND, ETL_ALREADY_RUNNING, SETTINGS_DIFFER, QUEUE_UNAVAILABLE;
 * - INVALID_REQUEST if no batch of the run has failed, or a newer run of the date has replaced it;
 * - ETL_WINDOW_EXPIRED if no batch of a scheduled run ever started, and its window has closed.
 */
export async function retryRun(
  control: RunControl,
  { runId, requestedBy }: { runId: string; requestedBy: string },
): Promise<void> {
  const { warehouse, queues, config, log } = control;
  await queues.ping();
  const rows = await rowsOfRun(warehouse, runId);
  const isTooLate = rows.every(
    ({ trigger_type, attempt, extraction_date }) =>
      trigger_type === 'schedule' &&
      attempt === 0 &&
      !isWithinWindow(extraction_date, config.ETL_TIMEZONE, control.now()),
  );
  if (rows.length > 0 && isTooLate) throw new EtlError('ETL_WINDOW_EXPIRED');
  const batches = await requeueFailed(warehouse, runId, {
    leaseSeconds: config.ETL_LEASE_SECONDS,
    settings: config,
  });
  log.info({ runId, batches, requestedBy }, 'run retried');
  try {
    await restoreJobs(control, runId);
  } catch (error) {
    // The rows are queued. The reconciler restores the jobs once the leases of the rows have run out.
    log.warn({ runId, err: error }, 'jobs of a retried run not added to the queue yet');
  }
}
