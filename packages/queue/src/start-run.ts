import { randomUUID } from 'node:crypto';
import {
  type Batch,
  batchesOf,
  type Config,
  dayOf,
  EtlError,
  type Logger,
  parsePastOrPresentDate,
  type RunKind,
  type TriggerType,
  today,
  yesterday,
} from '@etl/core';
import {
  failedJobs,
  failUnqueuedRun,
  insertRun,
  type QueuedBatch,
  requireMergePrerequisites,
  type Warehouse,
} from '@etl/warehouse';
import { flowOf } from './flow.ts';
import { jobId } from './queue-names.ts';
import type { Queues } from './queues.ts';

export interface RunRequest {
  kind: RunKind;
  /** `YYYY-MM-DD`, checked. */
  date: string;
  trigger: TriggerType;
  /** Name of the person or program that asks. */
  requestedBy: string;
}

export interface StartedRun {
  runId: string;
  date: string;
  batches: QueuedBatch[];
}

export interface RunStarter {
  warehouse: Warehouse;
  queues: Queues;
  config: Pick<Config, 'ETL_TIMEZONE' | 'ETL_BATCH_SIZE' | 'ETL_MERGE_BATCH_SIZE'>;
  log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Starts a run: the one way in for every caller. Its rows are written first, then its jobs are queued; where that fails no row stays
 * queued. Throws ETL_ALREADY_RUNNING, ETL_PREREQUISITES_MISSING, QUEUE_UNAVAILABLE.
 */
export async function startRun(starter: RunStarter, request: RunRequest): Promise<StartedRun> {
  const { warehouse, queues, config, log } = starter;
  const { kind, date, trigger, requestedBy } = request;
  // Asked first, so that a long outage of Redis does not fill the table with runs that never began.
  await queues.ping();
  if (kind === 'main_etl') await requireMergePrerequisites(warehouse, date);
  const leftOver = await failedJobs(warehouse, date, batchesOf(kind));

  const runId = randomUUID();
  const day = dayOf(date, config.ETL_TIMEZONE);
  const limitSize = (batch: Batch) =>
    batch === 'main_etl' ? config.ETL_MERGE_BATCH_SIZE : config.ETL_BATCH_SIZE;
  const batches = await insertRun(warehouse, {
    runId,
    day,
    trigger,
    requestedBy,
    batches: batchesOf(kind).map((batch) => ({
      batch,
      jobId: jobId(runId, batch),
      limitSize: limitSize(batch),
    })),
  });
  try {
    await removeJobs(queues, leftOver);
    await queues.flow.add(flowOf(runId, date, batches));
  } catch (cause) {
    const error = new EtlError('QUEUE_UNAVAILABLE', undefined, { cause });
    if (await failUnqueuedRun(warehouse, runId, error.message)) throw error;
    log.warn({ runId, err: cause }, 'the queue took the run but could not say so');
  }
  log.info({ runId, kind, date, trigger, requestedBy }, 'run started');
  return { runId, date, batches };
}

/** A run that was just started, as the API and the command tell it. */
export function presentStartedRun(run: StartedRun): object {
  return {
    run_id: run.runId,
    extraction_date: run.date,
    etl_status: 'queued',
    batches: run.batches.map(({ batch, schedulerId, jobId }) => ({
      batch_name: batch,
      scheduler_id: schedulerId,
      job_id: jobId,
    })),
  };
}

/** A failed run leaves its jobs for an operator to retry. A new run of the date takes their place. */
async function removeJobs(queues: Queues, jobs: readonly { batch: Batch; jobId: string }[]): Promise<void> {
  // The merges first: taking away the last batch that a merge waits for would let it loose.
  const mergesFirst = jobs.toSorted(
    (a, b) => Number(b.batch === 'main_etl') - Number(a.batch === 'main_etl'),
  );
  for (const { batch, jobId } of mergesFirst) {
    // Without its children: one that is still at work is left alone. So is a job that a worker has only just let fail; its row
    // cannot be claimed any more once a newer run of the date exists.
    await queues.byBatch[batch].remove(jobId, { removeChildren: false });
  }
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
