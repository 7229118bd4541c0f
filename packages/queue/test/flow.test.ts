import { BATCHES, type Batch, createLogger, EtlError } from '@etl/core';
import { type Scratch, scratchDatabase, scratchName, waitUntil } from '@etl/local-stack';
import { migrate, openWarehouse, runState, type Warehouse } from '@etl/warehouse';
import type { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  type BatchHandler,
  connectWorker,
  createBatchWorker,
  openQueues,
  type Queues,
  type RunStarter,
  startRun,
} from '../src/index.ts';

const DATE = '2024-01-15';
const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test');

let database: Scratch<string>;
let warehouse: Warehouse;
let queues: Queues;
let starter: RunStarter;
let connection: Redis;
let workers: Worker[];
/** What each batch does in this test; by default it finds nothing to do. */
let work: Partial<Record<Batch, BatchHandler>>;
const ran: Batch[] = [];

const redisConfig = () => ({ REDIS_URL: inject('redisUrl'), ETL_QUEUE_PREFIX: prefix });
let prefix: string;

beforeEach(async () => {
  prefix = `{${scratchName('etl')}}`;
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value, ETL_TIMEOUT: 60 }, { connections: 8 });
  await migrate(warehouse);
  queues = openQueues(redisConfig(), log);
  await queues.waitUntilConnected();
  starter = {
    warehouse,
    queues,
    log,
    config: { ETL_TIMEZONE: 'UTC', ETL_BATCH_SIZE: 1000, ETL_MERGE_BATCH_SIZE: 500 },
  };
  connection = connectWorker(redisConfig(), log);
  work = {};
  ran.length = 0;
  workers = BATCHES.map((batch) =>
    createBatchWorker({
      batch,
      connection,
      prefix,
      warehouse,
      leaseSeconds: 5,
      log,
      handler: async (input, tools) => {
        ran.push(batch);
        return work[batch]?.(input, tools) ?? { numrow: 0, findings: {}, load: async () => {} };
      },
    }),
  );
  for (const worker of workers) void worker.run();
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  connection.disconnect();
  await queues.close();
  await warehouse.destroy();
  await database.remove();
});

const start = (kind: 'pipeline' | Batch = 'pipeline') =>
  startRun(starter, { kind, date: DATE, trigger: 'api', requestedBy: 'test' });
const ended = async (runId: string) => {
  await waitUntil(
    async () => ['completed', 'failed'].includes((await runState(warehouse, runId))?.status ?? ''),
    'the run to end',
  );
  return runState(warehouse, runId);
};
const rowOf = async (runId: string, batch: Batch) =>
  (await runState(warehouse, runId))?.rows.find(({ batch_name }) => batch_name === batch);
const jobState = (batch: Batch, jobId: string) => queues.byBatch[batch].getJobState(jobId);
const jobIdOf = (run: Awaited<ReturnType<typeof start>>, batch: Batch) =>
  run.batches.find((queued) => queued.batch === batch)?.jobId as string;

/** Fails until it is told to stop. */
function failing(error: Error): { handler: BatchHandler; mend(): void } {
  let broken = true;
  return {
    handler: async () => {
      if (broken) throw error;
      return { numrow: 3, findings: {}, load: async () => {} };
    },
    mend: () => {
      broken = false;
    },
  };
}

const lostConnection = () =>
  Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST' });
const missingTable = () =>
  Object.assign(new Error("Table 'mdl_course' doesn't exist"), { code: 'ER_NO_SUCH_TABLE', errno: 1146 });

describe('a batch that fails', () => {
  it('is tried again when the fault may pass, and its run completes', async () => {
    let tries = 0;
    work.user_counts = async () => {
      tries += 1;
      if (tries === 1) throw lostConnection();
      return { numrow: 3, findings: {}, load: async () => {} };
    };
    const run = await start();
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(await rowOf(run.runId, 'user_counts')).toMatchObject({
      status: 1,
      attempt: 2,
      error_details: null,
    });
    expect(ran.filter((batch) => batch === 'main_etl')).toHaveLength(1);
  });

  it('fails at once when trying again cannot help, and the merge does not run', async () => {
    work.user_counts = failing(missingTable()).handler;
    const run = await start();
    expect((await ended(run.runId))?.status).toBe('failed');
    expect(await rowOf(run.runId, 'user_counts')).toMatchObject({
      status: 3,
      attempt: 1,
      error_details: "Table 'mdl_course' doesn't exist (ER_NO_SUCH_TABLE)",
    });
    expect(await rowOf(run.runId, 'main_etl')).toMatchObject({ status: 3, attempt: 0 });
    await waitUntil(
      async () => (await jobState('user_counts', jobIdOf(run, 'user_counts'))) === 'failed',
      'the job to have failed',
    );
    expect(await jobState('main_etl', jobIdOf(run, 'main_etl'))).toBe('waiting-children');
    expect(ran).not.toContain('main_etl');
  });

  it('is completed by a retry of its job, and the merge follows by itself', async () => {
    const fault = failing(missingTable());
    work.user_counts = fault.handler;
    const run = await start();
    await ended(run.runId);
    const jobId = jobIdOf(run, 'user_counts');
    await waitUntil(
      async () => (await jobState('user_counts', jobId)) === 'failed',
      'the job to have failed',
    );
    fault.mend();
    await (await queues.byBatch.user_counts.getJob(jobId))?.retry('failed');
    await waitUntil(
      async () => (await runState(warehouse, run.runId))?.status === 'completed',
      'the run to complete',
    );
    expect((await runState(warehouse, run.runId))?.rows.map(({ status }) => status)).toEqual([1, 1, 1]);
  });

  it('leaves the date to a new run, which takes the place of what the failed one left in the queue', async () => {
    const fault = failing(missingTable());
    work.user_counts = fault.handler;
    const first = await start();
    await ended(first.runId);
    fault.mend();
    const second = await start();
    expect((await ended(second.runId))?.status).toBe('completed');
    expect(await jobState('user_counts', jobIdOf(first, 'user_counts'))).toBe('unknown');
    expect(await jobState('main_etl', jobIdOf(first, 'main_etl'))).toBe('unknown');
    expect((await runState(warehouse, first.runId))?.status).toBe('failed');
  });

  it('can be started anew while the other batch of its run is still at work', async () => {
    const fault = failing(missingTable());
    work.user_counts = fault.handler;
    let release = () => {};
    work.activity_counts = async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { numrow: 1, findings: {}, load: async () => {} };
    };
    const first = await start();
    await waitUntil(
      async () => (await rowOf(first.runId, 'user_counts'))?.status === 3,
      'user_counts to fail',
    );
    await waitUntil(
      async () => (await rowOf(first.runId, 'activity_counts'))?.status === 2,
      'the other to run',
    );
    await expect(start()).rejects.toThrow('ETL process is already running');
    fault.mend();
    const second = await start('user_counts');
    expect((await ended(second.runId))?.status).toBe('completed');
    release();
    expect((await ended(first.runId))?.status).toBe('failed');
    expect(await rowOf(first.runId, 'activity_counts')).toMatchObject({ status: 1 });
    await waitUntil(
      async () => (await jobState('activity_counts', jobIdOf(first, 'activity_counts'))) === 'completed',
      'its job to be completed',
    );
    const third = await start();
    release();
    await waitUntil(
      async () => (await rowOf(third.runId, 'activity_counts'))?.status === 2,
      'the third to run',
    );
    release();
    expect((await ended(third.runId))?.status).toBe('completed');
  });
});

describe('a merge that is let loose early', () => {
  it('does not run when somebody removes the batch that it waits for', async () => {
    work.user_counts = failing(missingTable()).handler;
    const run = await start();
    await ended(run.runId);
    await waitUntil(
      async () => (await jobState('user_counts', jobIdOf(run, 'user_counts'))) === 'failed',
      'the job to have failed',
    );
    await queues.byBatch.user_counts.remove(jobIdOf(run, 'user_counts'));
    await waitUntil(
      async () => (await jobState('main_etl', jobIdOf(run, 'main_etl'))) === 'failed',
      'the merge to be refused',
    );
    expect(ran).not.toContain('main_etl');
    expect(await rowOf(run.runId, 'main_etl')).toMatchObject({ status: 3 });
  });
});

describe('a job', () => {
  it('that is none of ours fails without another attempt', async () => {
    const job = await queues.byBatch.user_counts.add('user_counts', { date: DATE }, { attempts: 3 });
    await waitUntil(async () => (await job.getState()) === 'failed', 'the job to fail');
    expect((await queues.byBatch.user_counts.getJob(job.id as string))?.attemptsMade).toBe(1);
    expect(ran).toEqual([]);
  });

  it('whose row was finished before is completed without being run again', async () => {
    const run = await start('user_counts');
    await ended(run.runId);
    const jobId = jobIdOf(run, 'user_counts');
    await waitUntil(
      async () => (await jobState('user_counts', jobId)) === 'completed',
      'the job to complete',
    );
    await (await queues.byBatch.user_counts.getJob(jobId))?.retry('completed');
    await waitUntil(
      async () => (await jobState('user_counts', jobId)) === 'completed',
      'the job to complete again',
    );
    expect(ran).toEqual(['user_counts']);
  });
});

describe('a worker that lost its claim', () => {
  it('stops its work and writes nothing', async () => {
    let gaveUp: unknown;
    work.user_counts = async (_input, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      gaveUp = signal.reason;
      throw signal.reason;
    };
    const run = await start('user_counts');
    await waitUntil(async () => (await rowOf(run.runId, 'user_counts'))?.status === 2, 'the batch to run');
    // As another worker's claim would.
    await warehouse.updateTable('log_scheduler').set({ fence: 99 }).where('run_id', '=', run.runId).execute();
    await waitUntil(async () => gaveUp !== undefined, 'the batch to give up');
    await waitUntil(
      async () => (await jobState('user_counts', jobIdOf(run, 'user_counts'))) === 'failed',
      'its job to end',
    );
    expect(await rowOf(run.runId, 'user_counts')).toMatchObject({ status: 2, fence: 99 });
  });
});

it('a merge on its own needs both batches completed for the date', async () => {
  await expect(start('main_etl')).rejects.toThrow(EtlError);
  expect((await ended((await start('user_counts')).runId))?.status).toBe('completed');
  await expect(start('main_etl')).rejects.toThrow(
    'Waiting for ActivityCounts and UserCounts ETL to complete',
  );
  expect((await ended((await start('activity_counts')).runId))?.status).toBe('completed');
  expect((await ended((await start('main_etl')).runId))?.status).toBe('completed');
});
