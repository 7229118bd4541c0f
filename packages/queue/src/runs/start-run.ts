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
  isPurged,
  type NewRun,
  type QueuedBatch,
  recordExpiredRun,
  requireMergePrerequisites,
} from '@etl/warehouse';
import { jobId } from '../queue-names.ts';
import { flowsOf, removeJobs } from './flow.ts';
import type { RunControl } from './run-control.ts';

export interface RunRequest {
  kind: RunKind;
  /** `YYYY-MM-DD`, checked. */
  date: string;
  trigger: TriggerType;
  /** Name of the person or program that requests the run. */
  requestedBy: string;
  /** Extract the day even if the source has fewer rows of it than before. */
  force?: boolean;
}

export interface StartedRun {
  runId: string;
  date: string;
  batches: QueuedBatch[];
}

/**
 * Starts a run. Every caller uses this function. It inserts the rows, then adds the jobs to the queue. If Redis
 * does not take the jobs, the rows fail. The start is a span of the caller's trace, or the beginning of a trace.
 * Throws:
 * - ETL_ALREADY_RUNNING, ETL_PREREQUISITES_MISSING, SOURCE_PURGED, QUEUE_UNAVAILABLE, SETTINGS_DIFFER;
 * - ETL_WINDOW_EXPIRED for a scheduled run whose window has closed, which is recorded as failed;
 * - INVALID_REQUEST for a run of the schedule whose day has not ended.
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
  // First, so that a long outage of Redis does not fill the table with runs that never started.
  await queues.ping();
  if (kind === 'main_etl') await requireMergePrerequisites(warehouse, date);
  if (failsIfPurged(request) && (await isPurged(warehouse, date))) throw new EtlError('SOURCE_PURGED');
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
    log.warn({ runId, err: cause }, 'the answer of the queue was lost, but it has the jobs');
  }
  log.info({ runId, kind, date, trigger, requestedBy }, 'run started');
  return { runId, date, batches };
}

/**
 * Whether a run would fail as the one before, which found the source purged. A run of the schedule would not: the
 * schedule extracts a date again only if its log has grown.
 */
function failsIfPurged({ kind, force, trigger }: RunRequest): boolean {
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

/** A started run as the API and the command show it. */
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

/** The date and the trigger of a run that a caller requests. Throws INVALID_REQUEST. */
export function askedRun(
  by: 'api' | 'cli',
  given: string | undefined,
  timeZone: string,
  now: Date,
): { date: string; trigger: TriggerType } {
  if (given === undefined) {
    // A caller of the API wants the current day. A nightly cron job calls the command for the day before.
    return { date: by === 'api' ? today(timeZone, now) : yesterday(timeZone, now), trigger: by };
  }
  const date = parsePastOrPresentDate(given, timeZone, now);
  return { date, trigger: date < today(timeZone, now) ? 'backfill' : by };
}
