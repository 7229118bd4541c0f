import { type Batch, isLostLock, SCHEDULER_STATUS } from '@etl/core';
import {
  adoptRun,
  CLOCK_TOLERANCE_SECONDS,
  failBatch,
  type LogSchedulerRow,
  orphanedRuns,
  rowsOfRun,
  warehouseTime,
} from '@etl/warehouse';
import type { JobState } from 'bullmq';
import { flowsOf, LONGEST_BACKOFF_MS, removeJobs } from './flow.ts';
import type { RunControl } from './run-control.ts';

type RestoreControl = Omit<RunControl, 'now'>;

/** A row of a run, and the state of its job. */
interface BatchJob {
  row: LogSchedulerRow;
  batch: Batch;
  /** Queued or in progress. */
  isActive: boolean;
  state: JobState | 'unknown';
}

/**
 * Makes the queue agree with `log_scheduler` again, whatever happened to Redis or to workers. Adds the missing jobs
 * of every orphaned run. Throws if a database or Redis is unreachable.
 */
export async function restoreOrphanedRuns(control: RestoreControl): Promise<void> {
  const failures: unknown[] = [];
  for (const runId of await orphanedRuns(control.warehouse)) {
    // A locked run must not keep the others from being restored.
    await restoreRun(control, runId).catch((error: unknown) => {
      if (!isLostLock(error)) throw error;
      failures.push(error);
    });
  }
  if (failures.length > 0) throw failures[0];
}

async function restoreRun(control: RestoreControl, runId: string): Promise<void> {
  const batchJobs = await batchJobsOf(control, runId);
  await endLongDelays(control, batchJobs);
  if (isIntact(batchJobs)) return;
  const givenUp = batchJobs.filter(isGivenUp);
  for (const batchJob of givenUp) await failGivenUp(control, batchJob);
  if (givenUp.length > 0) return;
  if (await adoptRun(control.warehouse, runId, control.config.ETL_LEASE_SECONDS)) {
    await restoreJobs(control, runId);
  }
}

/**
 * Adds the jobs of a run's active batches to the queue, if they are not in it. The caller has adopted or requeued
 * the run. Does nothing while a worker runs a job of the run: the reconciler tries again when its lease has run
 * out.
 */
export async function restoreJobs(control: RestoreControl, runId: string): Promise<void> {
  const { queues, config, log } = control;
  const batchJobs = await batchJobsOf(control, runId);
  if (isIntact(batchJobs)) return;
  const active = batchJobs.filter(({ isActive }) => isActive);
  if (!isWhole(batchJobs)) {
    if (active.some(({ state }) => state === 'active')) return;
    // All jobs, not only the missing ones: BullMQ cannot add a child to a parent that waits already.
    const jobs = active.map(({ row, batch }) => ({ batch, jobId: row.job_id, schedulerId: row.id }));
    if (!(await removeJobs(queues, jobs))) return;
    const { extraction_date: date, trigger_type: trigger } = (active[0] as BatchJob).row;
    await queues.flow.addBulk(
      flowsOf({ runId, date, trigger, retentionDays: config.ETL_LOG_RETENTION_DAYS }, jobs),
    );
    log.warn(
      { runId, date, batches: active.map(({ batch }) => batch) },
      'missing jobs added to the queue again',
    );
    return;
  }
  for (const { row, batch, state } of active) {
    if (state !== 'failed') continue;
    const job = await queues.byBatch[batch].getJob(row.job_id);
    await job?.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
    log.info({ runId, batch }, 'failed job of a queued batch retried');
  }
}

/**
 * BullMQ delays a job until a time by the clock of the worker that delayed it. A worker whose clock was days ahead
 * leaves jobs that would wait for days. They become ready at once.
 */
async function endLongDelays(
  { queues, warehouse, config, log }: RestoreControl,
  batchJobs: readonly BatchJob[],
): Promise<void> {
  const delayed = batchJobs.filter(({ isActive, state }) => isActive && state === 'delayed');
  if (delayed.length === 0) return;
  const longestMs = Math.max(LONGEST_BACKOFF_MS, config.ETL_LEASE_SECONDS * 1000);
  const latest = (await warehouseTime(warehouse)).getTime() + longestMs + CLOCK_TOLERANCE_SECONDS * 1000;
  for (const { row, batch } of delayed) {
    const queue = queues.byBatch[batch];
    // BullMQ's score of a delayed job: milliseconds, and twelve bits that distinguish jobs of the same moment.
    const score = await queues.redis.zscore(queue.toKey('delayed'), row.job_id);
    if (score === null || Number(score) / 0x1000 <= latest) continue;
    await (await queue.getJob(row.job_id))?.promote();
    log.warn({ runId: row.run_id, batch }, 'job was delayed too long by a wrong clock, ready now');
  }
}

/** Fails a batch whose job BullMQ gave up, because its workers died again and again. */
async function failGivenUp(
  { queues, warehouse, log }: RestoreControl,
  { row, batch }: BatchJob,
): Promise<void> {
  const job = await queues.byBatch[batch].getJob(row.job_id);
  const why = `The queue gave the job up: ${job?.failedReason ?? 'its worker died'}`;
  const claim = { schedulerId: row.id, runId: row.run_id, batch, fence: row.fence };
  if (await failBatch(warehouse, claim, { code: 'JOB_GIVEN_UP', why }))
    log.error({ runId: row.run_id, batch, why }, 'batch failed');
}

async function batchJobsOf({ warehouse, queues }: RestoreControl, runId: string): Promise<BatchJob[]> {
  const rows = await rowsOfRun(warehouse, runId);
  const batchJobs: BatchJob[] = [];
  // Reads the merge's state last: it must not be older than the states of the batches that the merge waits for.
  for (const row of rows) {
    const batch = row.batch_name as Batch;
    const state = await queues.byBatch[batch].getJobState(row.job_id);
    batchJobs.push({ row, batch, state, isActive: row.active_key !== null });
  }
  return batchJobs;
}

/** Whether the queue needs no repair. */
function isIntact(batchJobs: readonly BatchJob[]): boolean {
  return isWhole(batchJobs) && !batchJobs.some(({ isActive, state }) => isActive && state === 'failed');
}

/** Whether the queue has a job for every active batch, and the merge behind those that it waits for. */
function isWhole(batchJobs: readonly BatchJob[]): boolean {
  const merge = batchJobs.find(({ batch }) => batch === 'main_etl');
  const counting = batchJobs.filter((batchJob) => batchJob !== merge);
  if (counting.some(({ isActive, state }) => isActive && isGone(state))) return false;
  if (!merge?.isActive) return true;
  if (isGone(merge.state)) return false;
  const waits = merge.state === 'waiting-children';
  if (counting.some(({ isActive }) => isActive)) return waits;
  // Its batches are finished. It may wait only for a job that has not been completed yet.
  return !waits || counting.some(({ state }) => state !== 'failed' && !isGone(state));
}

/** A completed job whose row is not finished counts as missing. */
function isGone(state: BatchJob['state']): boolean {
  return state === 'unknown' || state === 'completed';
}

function isGivenUp({ row, isActive, state }: BatchJob): boolean {
  return isActive && state === 'failed' && row.status === SCHEDULER_STATUS.inProgress;
}
