import { randomUUID } from 'node:crypto';
import { asError, EtlError, isTransient, type Logger, type Recount, type RecountedCell } from '@etl/core';
import { type Job, type JobState, type Telemetry, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { RECOUNT_QUEUE } from './queue-names.ts';
import type { Queues } from './queues.ts';
import type { RedisConnection } from './redis.ts';

/** Recounts that wait or run, of all callers. Each takes seconds at most, so the last of them waits minutes. */
const MOST_AT_ONCE = 100;

/** Results are kept for so long. */
export const RECOUNT_KEPT_SECONDS = 3600;

/** A recount that has waited so long fails: no worker takes recounts, or the caller has left. */
const MOST_WAITED_MS = 3_600_000;
const EXPIRED = 'No worker has taken the recount within an hour. Start a worker that takes activity_counts.';

/** Of a transient error: Moodle may restart. The caller waits for the answer, so not for long. */
const ATTEMPTS = { attempts: 3, backoff: { type: 'exponential', delay: 1000 } };

type RecountJobState = 'queued' | 'running' | 'completed' | 'failed';

/** A recount that a caller has requested. */
export interface RequestedRecount {
  recount_id: string;
  extraction_date: string;
  moodle_course_id: string;
  state: RecountJobState;
  /** Of a failed recount. */
  error: string | null;
  result: Recount | null;
}

/**
 * Queues a recount. While one of the same cell waits or runs, the caller gets that one. Throws RATE_LIMITED and
 * QUEUE_UNAVAILABLE.
 */
export async function requestRecount(queues: Queues, cell: RecountedCell): Promise<RequestedRecount> {
  await queues.ping();
  const { extraction_date: date, moodle_course_id: course } = cell;
  const kept = { age: RECOUNT_KEPT_SECONDS, count: 10 * MOST_AT_ONCE };
  try {
    for (const state of ['wait', 'delayed'] as const) {
      await queues.recounts.clean(MOST_WAITED_MS, MOST_AT_ONCE, state);
    }
    const counts = await queues.recounts.getJobCounts('waiting', 'active', 'delayed');
    const open = Object.values(counts).reduce((sum, count) => sum + count, 0);
    if (open >= MOST_AT_ONCE)
      throw new EtlError('RATE_LIMITED', 'Too many recounts are queued. Try again later.');
    const { id = '' } = await queues.recounts.add('recount', cell, {
      ...ATTEMPTS,
      jobId: randomUUID(),
      deduplication: { id: `${date} ${course}` },
      removeOnComplete: kept,
      removeOnFail: kept,
    });
    return (await recountOf(queues, id)) ?? presented(id, cell, 'queued');
  } catch (cause) {
    if (cause instanceof EtlError) throw cause;
    throw new EtlError('QUEUE_UNAVAILABLE', undefined, { cause });
  }
}

/** A recount by its id. Undefined if there is none, or its result has expired. Throws QUEUE_UNAVAILABLE. */
export async function recountOf(queues: Queues, id: string): Promise<RequestedRecount | undefined> {
  await queues.ping();
  try {
    const job: Job<RecountedCell, Recount> | undefined = await queues.recounts.getJob(id);
    if (!job) return undefined;
    const state = await job.getState();
    // BullMQ deletes old jobs only when another one ends.
    const age = Date.now() - (job.finishedOn ?? Date.now());
    if (state === 'unknown' || age > RECOUNT_KEPT_SECONDS * 1000) return undefined;
    const known = STATES[state];
    if (!known && hasExpired(job)) return { ...presented(id, job.data, 'failed'), error: EXPIRED };
    return presented(id, job.data, known ?? 'queued', job);
  } catch (cause) {
    throw new EtlError('QUEUE_UNAVAILABLE', undefined, { cause });
  }
}

const hasExpired = ({ timestamp }: Job) => Date.now() - timestamp > MOST_WAITED_MS;

const STATES: Partial<Record<JobState, RecountJobState>> = {
  active: 'running',
  completed: 'completed',
  failed: 'failed',
};

function presented(
  id: string,
  { extraction_date, moodle_course_id }: RecountedCell,
  state: RecountJobState,
  job?: Job<RecountedCell, Recount>,
): RequestedRecount {
  return {
    recount_id: id,
    extraction_date,
    moodle_course_id,
    state,
    error: state === 'failed' ? (job?.failedReason ?? null) : null,
    result: state === 'completed' ? (job?.returnvalue ?? null) : null,
  };
}

export interface RecountWorkerOptions {
  connection: RedisConnection;
  /** Of every key in Redis. */
  prefix: string;
  telemetry?: Telemetry;
  recount(cell: RecountedCell): Promise<Recount>;
  /** Aborts when the process must stop. */
  stopping: AbortSignal;
  log: Logger;
}

/** Creates the worker that recounts, one cell after the other. Start it with `run()`, end it with `close()`. */
export function createRecountWorker(options: RecountWorkerOptions): Worker {
  const { connection, prefix, telemetry, recount, stopping, log } = options;
  const take = async (job: Job<RecountedCell, Recount>, token?: string): Promise<Recount> => {
    if (hasExpired(job)) throw new UnrecoverableError(EXPIRED);
    try {
      const result = await recount(job.data);
      log.info({ ...job.data, outcome: result.outcome }, 'cell recounted');
      return result;
    } catch (error) {
      if (stopping.aborted) {
        // Another worker takes it.
        await job.moveToWait(token);
        throw new WaitingError();
      }
      const failure = asError(error);
      log.warn({ ...job.data, err: failure }, 'recount failed');
      throw isTransient(failure) ? failure : new UnrecoverableError(failure.message);
    }
  };
  const worker = new Worker(RECOUNT_QUEUE, take, {
    connection,
    prefix,
    ...(telemetry && { telemetry }),
    autorun: false,
    concurrency: 1,
  });
  worker.on('error', (error) => log.debug({ err: asError(error) }, 'queue error'));
  return worker;
}
