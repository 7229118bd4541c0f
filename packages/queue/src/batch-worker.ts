import { asError, type Batch, JobPayload } from '@etl/core';
import { type Job, UnrecoverableError, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { queueName } from './queue-names.ts';
import { type BatchRunner, runBatch } from './run-batch.ts';

export interface BatchWorkerOptions extends BatchRunner {
  batch: Batch;
  connection: Redis;
  /** Of every key in Redis. */
  prefix: string;
}

/**
 * How often a job may be found without its worker before the queue gives it up, unasked and whatever its attempts.
 * Workers are killed by deployments too: more than the library's 1.
 */
const MAX_STALLED_COUNT = 3;

/**
 * Takes the jobs of a batch, one at a time: what takes long is the source's work, and more at once would not make it
 * faster. Start with `run()`, end with `close()`.
 */
export function createBatchWorker(options: BatchWorkerOptions): Worker {
  const { batch, connection, prefix, leaseSeconds, log } = options;
  const worker = new Worker(
    queueName(batch),
    // The queue hands the signal over only to a function that declares three parameters.
    (job, _token, signal) => processJob(options, job, signal),
    {
      connection,
      prefix,
      autorun: false,
      concurrency: 1,
      // The job's lock and the row's lease are kept alive by the same process and run out together.
      lockDuration: leaseSeconds * 1000,
      stalledInterval: (leaseSeconds * 1000) / 2,
      maxStalledCount: MAX_STALLED_COUNT,
    },
  );
  // Failures of jobs are logged by runBatch, those of the connection by whoever opened it.
  worker.on('error', (error) => log.debug({ err: asError(error), batch }, 'queue error'));
  return worker;
}

async function processJob(options: BatchWorkerOptions, job: Job, signal?: AbortSignal): Promise<void> {
  const parsed = JobPayload.safeParse(job.data);
  if (!parsed.success) {
    options.log.error({ jobId: job.id, issues: parsed.error.issues }, 'job is not one of ours');
    throw new UnrecoverableError('The job does not carry what a batch needs');
  }
  const payload = parsed.data;
  const log = options.log.child({ runId: payload.run_id, batch: payload.batch_name, jobId: job.id });
  await runBatch(
    { ...options, log },
    {
      payload,
      isLastAttempt: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
      signal: signal ?? new AbortController().signal,
    },
  );
}
