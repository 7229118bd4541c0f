import { randomUUID } from 'node:crypto';
import {
  type Batch,
  batchesOf,
  dayOf,
  EtlError,
  type EtlStatus,
  hasEnded,
  inSpan,
  isOfSchedule,
  isWithinWindow,
  parsePastOrPresentDate,
  type RunKind,
  type TriggerType,
  today,
  yesterday,
} from '@etl/core';
import {
  dayNotOver,
  failedJobs,
  failUnqueuedRun,
  insertRun,
  type NewRun,
  type QueuedBatch,
  recordExpiredRun,
  requireMergePrerequisites,
  wasPurged,
} from '@etl/warehouse';
import { jobId } from '../queue-names.ts';
import { flowsOf, removeJobs } from './flow.ts';
import type { RunControl } from './run-control.ts';

export interface RunRequest {
  kind: RunKind;
  /** `YYYY-MM-DD`, checked. */
  date: string;
  trigger: TriggerType;
  /** Name of the person or program that asks. */
  requestedBy: string;
  /** Extract the day even where the source has fewer rows of it than it once had. */
  force?: boolean;
}

export interface StartedRun {
  runId: string;
  date: string;
  batches: QueuedBatch[];
}

/**
 * Starts a run: the one way in for every caller, and a span of the caller's trace or the beginning of one. Its rows are written first, then its jobs are queued; where that fails no row stays
 * queued. Throws ETL_ALREADY_RUNNING, ETL_PREREQUISITES_MISSING, SOURCE_PURGED, QUEUE_UNAVAILABLE, SETTINGS_DIFFER; and
 * ETL_WINDOW_EXPIRED for a scheduled run that comes too late, which is written down as failed; INVALID_REQUEST for one of the
 * schedule whose day has not ended.
 */
export async function startRun(control: RunControl, request: RunRequest): Promise<StartedRun> {
  const run = newRun(control, request);
  const { kind, date, trigger } = request;
  const attributes = { 'etl.run_id': run.runId, 'etl.kind': kind, 'etl.date': date, 'etl.trigger': trigger };
  return inSpan('start run', attributes, () => start(control, request, run));
}

async function start(control: RunControl, request: RunRequest, run: NewRun): Promise<StartedRun> {
  const { warehouse, queues, config, log } = control;
  const { kind, date, trigger, requestedBy } = request;
  if (isOfSchedule(trigger) && !hasEnded(date, config.ETL_TIMEZONE, control.now())) throw dayNotOver(date);
  if (trigger === 'schedule' && !isWithinWindow(date, config.ETL_TIMEZONE, control.now())) {
    await recordExpiredRun(warehouse, run);
    throw new EtlError('ETL_WINDOW_EXPIRED');
  }
  // Asked first, so that a long outage of Redis does not fill the table with runs that never began.
  await queues.ping();
  if (kind === 'main_etl') await requireMergePrerequisites(warehouse, date);
  if (isInVain(request) && (await wasPurged(warehouse, date))) throw new EtlError('SOURCE_PURGED');
  const leftOver = await failedJobs(warehouse, date, batchesOf(kind));
  const batches = await insertRun(warehouse, run, config.ETL_LEASE_SECONDS);
  const { runId } = run;
  try {
    await removeJobs(queues, leftOver);
    await queues.flow.addBulk(
      flowsOf({ runId, date, trigger, retentionDays: config.ETL_LOG_RETENTION_DAYS }, batches),
    );
  } catch (cause) {
    const error = new EtlError('QUEUE_UNAVAILABLE', undefined, { cause });
    if (await failUnqueuedRun(warehouse, runId, { code: error.code, why: error.message })) throw error;
    log.warn({ runId, err: cause }, 'the queue took the run but could not say so');
  }
  log.info({ runId, kind, date, trigger, requestedBy }, 'run started');
  return { runId, date, batches };
}

/**
 * Whether a run would end as the one before that found the source purged. Of the schedule it would not: that asks for a date again
 * only where its log has grown since.
 */
function isInVain({ kind, force, trigger }: RunRequest): boolean {
  return !isOfSchedule(trigger) && !force && batchesOf(kind).includes('activity_counts');
}

function newRun({ config }: RunControl, { kind, date, trigger, requestedBy, force }: RunRequest): NewRun {
  const runId = randomUUID();
  const limitSize = (batch: Batch) =>
    batch === 'main_etl' ? config.ETL_MERGE_BATCH_SIZE : config.ETL_BATCH_SIZE;
  return {
    runId,
    settings: config,
    day: dayOf(date, config.ETL_TIMEZONE),
    trigger,
    requestedBy,
    force: force ?? false,
    batches: batchesOf(kind).map((batch) => ({
      batch,
      jobId: jobId(runId, batch),
      limitSize: limitSize(batch),
    })),
  };
}

/** A run that was started, as the API and the command tell it. */
export function presentStartedRun(run: StartedRun, status: EtlStatus = 'queued') {
  return {
    run_id: run.runId,
    extraction_date: run.date,
    etl_status: status,
    batches: run.batches.map(({ batch, schedulerId, jobId }) => ({
      batch_name: batch,
      scheduler_id: schedulerId,
      job_id: jobId,
    })),
  };
}

/** The date and the trigger of a run that a person or a program asks for. Throws INVALID_REQUEST. */
export function askedRun(
  by: 'api' | 'cli',
  given: string | undefined,
  timeZone: string,
  now: Date,
): { date: string; trigger: TriggerType } {
  if (given === undefined) {
    // The API is asked during the day it is about; the command is what a nightly cron job calls.
    return { date: by === 'api' ? today(timeZone, now) : yesterday(timeZone, now), trigger: by };
  }
  const date = parsePastOrPresentDate(given, timeZone, now);
  return { date, trigger: date < today(timeZone, now) ? 'backfill' : by };
}
