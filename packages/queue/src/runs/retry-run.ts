import { EtlError, isWithinWindow } from '@etl/core';
import { requeueFailed, rowsOfRun } from '@etl/warehouse';
import { restoreJobs } from './restore-jobs.ts';
import type { RunControl } from './run-control.ts';

/**
 * Runs the failed batches of a run again, under the same run, each with all its attempts; the merge follows as always. Throws
 * NOT_FOUND; INVALID_REQUEST where nothing of it has failed or a newer run of the date has taken its place;
 * ETL_ALREADY_RUNNING; ETL_WINDOW_EXPIRED for a scheduled run that never started and is too late now; SETTINGS_DIFFER; QUEUE_UNAVAILABLE.
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
    // The rows are queued: a worker puts the jobs into the queue once their lease has run out.
    log.warn({ runId, err: error }, 'the jobs of a retried run are not in the queue yet');
  }
}
