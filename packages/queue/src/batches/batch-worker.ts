import { asError, JobPayload } from '@etl/core';
import { trace } from '@opentelemetry/api';
import { DelayedError, type Job, type Telemetry, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import { queueName } from '../queue-names.ts';
import type { RedisConnection } from '../redis.ts';
import { BatchHeld, type BatchRunner, WorkerStopping } from './delivery.ts';
import { runBatch } from './run-batch.ts';

export interface BatchWorkerOptions extends BatchRunner {
  /** How many jobs of the batch this process runs at the same time. */
  jobsAtOnce: number;
  connection: RedisConnection;
  /** Of every key in Redis. */
  prefix: string;
  telemetry?: Telemetry;
}

/**
 * How often BullMQ may find a job whose worker died before it gives the job up, whatever its attempts. More than
 * BullMQ's 1, since deployments kill workers, too.
 */
const MAX_STALLED_COUNT = 3;

/** Creates the worker that receives the jobs of a batch. Start it with `run()`, end it with `close()`. */
export function createBatchWorker(options: BatchWorkerOptions): Worker {
  const { batch, jobsAtOnce, connection, prefix, telemetry, leaseSeconds, log } = options;
  const worker = new Worker(queueName(batch), (job, token) => processJob(options, job, token), {
    connection,
    prefix,
    ...(telemetry && { telemetry }),
    autorun: false,
    concurrency: jobsAtOnce,
    // The same process renews the job's lock and the row's lease: they run out together.
    lockDuration: leaseSeconds * 1000,
    stalledInterval: (leaseSeconds * 1000) / 2,
    maxStalledCount: MAX_STALLED_COUNT,
  });
  // runBatch logs failures of jobs, and the connection logs its own.
  worker.on('error', (error) => log.debug({ err: asError(error), batch }, 'queue error'));
  return worker;
}

async function processJob(options: BatchWorkerOptions, job: Job, token?: string): Promise<void> {
  const parsed = JobPayload.safeParse(job.data);
  if (!parsed.success) {
    options.log.error({ jobId: job.id, issues: parsed.error.issues }, 'job has no valid payload');
    throw new UnrecoverableError('The job has no valid payload');
  }
  const { run_id: runId, scheduler_id: schedulerId } = parsed.data;
  trace.getActiveSpan()?.setAttribute('etl.run_id', runId);
  const log = options.log.child({ runId, batch: options.batch, jobId: job.id });
  try {
    await runBatch(
      { ...options, log },
      { schedulerId, runId, isLastAttempt: job.attemptsMade + 1 >= (job.opts.attempts ?? 1) },
    );
  } catch (error) {
    if (error instanceof BatchHeld) {
      await job.moveToDelayed(Date.now() + error.retryInMs, token);
      throw new DelayedError();
    }
    if (error instanceof WorkerStopping) {
      // Another worker takes it, and no attempt is used up.
      await job.moveToWait(token);
      throw new WaitingError();
    }
    throw error;
  }
}
