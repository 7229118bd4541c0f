import { type Batch, SCHEDULER_STATUS } from '@etl/core';
import { waitUntil } from '@etl/local-stack';
import { rowsToMerge, runState } from '@etl/warehouse';
import { UnrecoverableError, Worker } from 'bullmq';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { restoreOrphanedRuns, startRun } from '../src/index.ts';
import { DATE, type Harness, held, jobIdOf, openHarness } from './support.ts';

let harness: Harness;
let { warehouse, queues, control, work, ran, start, ended, rowOf, jobState, startWorkers } = {} as Harness;

beforeEach(async () => {
  harness = await openHarness(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { startWorkers: false },
  );
  ({ warehouse, queues, control, work, ran, start, ended, rowOf, jobState, startWorkers } = harness);
});

afterEach(() => harness?.close());

/** As if no process had renewed a lease of these runs for longer than a lease. */
const forget = () =>
  sql`UPDATE log_scheduler SET lease_until = NOW(3) - INTERVAL 1 SECOND WHERE active_key IS NOT NULL`.execute(
    warehouse,
  );
const restore = () => restoreOrphanedRuns(control);
const loseQueue = async () => {
  for (const queue of Object.values(queues.byBatch)) await queue.obliterate({ force: true });
};
const statuses = async (runId: string) =>
  (await runState(warehouse, runId))?.rows.map(({ status }) => status);

describe('a run whose jobs are not in the queue', () => {
  it('a run whose gateway died before it added the jobs gets them from the reconciler', async () => {
    const asked = { kind: 'pipeline', date: DATE, trigger: 'api', requestedBy: 'test' } as const;
    const dying = {
      ...control,
      queues: { ...queues, flow: { addBulk: () => new Promise<never>(() => {}) } },
    };
    void startRun(dying as never, asked);
    await waitUntil(async () => {
      const rows = await warehouse.selectFrom('log_scheduler').select('id').execute();
      return rows.length > 0;
    }, 'its rows');
    await expect(start()).rejects.toThrow('ETL process is already running');
    await restore();
    // Its lease is valid: the gateway may still add the jobs.
    expect(await queues.byBatch.activity_counts.getJobCountByTypes('waiting')).toBe(0);
    await forget();
    await restore();
    startWorkers();
    const { run_id: runId } = await sql<{ run_id: string }>`SELECT DISTINCT run_id FROM log_scheduler`
      .execute(warehouse)
      .then(({ rows }) => rows[0] as { run_id: string });
    expect((await ended(runId))?.status).toBe('completed');
    expect(ran.toSorted()).toEqual(['activity_counts', 'main_etl', 'user_counts']);
  });

  it('a run whose jobs were flushed completes, its merge after both batches', async () => {
    const run = await start();
    await loseQueue();
    await forget();
    await restore();
    expect(await jobState('main_etl', jobIdOf(run, 'main_etl'))).toBe('waiting-children');
    startWorkers();
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(ran.at(-1)).toBe('main_etl');
    expect(ran).toHaveLength(3);
  });

  it('a run whose jobs were flushed while a batch was in progress completes, and no batch runs twice', async () => {
    const batch = held();
    work.activity_counts = batch.handler;
    const run = await start();
    startWorkers();
    await waitUntil(
      async () => (await rowOf(run.runId, 'user_counts'))?.status === 1,
      'user_counts to finish',
    );
    await waitUntil(
      async () => (await rowOf(run.runId, 'activity_counts'))?.status === 2,
      'the other to run',
    );
    await loseQueue();
    await restore();
    expect(await jobState('main_etl', jobIdOf(run, 'main_etl'))).toBe('unknown');
    batch.release();
    await waitUntil(
      async () => (await rowOf(run.runId, 'activity_counts'))?.status === 1,
      'activity_counts to finish',
    );
    await forget();
    await restore();
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(ran.toSorted()).toEqual(['activity_counts', 'main_etl', 'user_counts']);
  });

  it('lost jobs are added once, however many reconcilers run at the same moment', async () => {
    const runs = [await start('pipeline', '2024-01-01'), await start('pipeline', '2024-01-02')];
    await loseQueue();
    await forget();
    await Promise.all(Array.from({ length: 8 }, restore));
    startWorkers();
    for (const { runId } of runs) expect((await ended(runId))?.status).toBe('completed');
    expect(ran).toHaveLength(6);
  });

  it('a run whose counting batches are finished gets the merge alone', async () => {
    const run = await start();
    const merge = queues.byBatch.main_etl;
    await merge.remove(jobIdOf(run, 'main_etl'), { removeChildren: false });
    startWorkers();
    await waitUntil(async () => (await statuses(run.runId))?.join() === '1,1,4', 'the counts to be done');
    await forget();
    await restore();
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(ran.filter((batch) => batch === 'main_etl')).toHaveLength(1);
  });
});

describe('a run whose jobs contradict its rows', () => {
  it.each([
    ['pipeline', 'main_etl', 6],
    ['user_counts', 'user_counts', 2],
  ] as const)('a run is run again if a restored backup has reset its rows: %s', async (kind, last, times) => {
    const run = await start(kind);
    startWorkers();
    await ended(run.runId);
    await waitUntil(
      async () => (await jobState(last, jobIdOf(run, last))) === 'completed',
      'the queue to know',
    );
    await sql`UPDATE log_scheduler SET status = 4, active_key = CONCAT(batch_name, '|', extraction_date)`.execute(
      warehouse,
    );
    await forget();
    await restore();
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(ran).toHaveLength(times);
  });

  it('a merge that became ready too early is put behind its batches again', async () => {
    const run = await start();
    const jobId = jobIdOf(run, 'main_etl');
    const merge = await queues.byBatch.main_etl.getJob(jobId);
    await queues.byBatch.main_etl.remove(jobId, { removeChildren: false });
    await queues.byBatch.main_etl.add('main_etl', merge?.data, { jobId });
    await forget();
    await restore();
    expect(await jobState('main_etl', jobId)).toBe('waiting-children');
    startWorkers();
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(ran.at(-1)).toBe('main_etl');
  });
});

describe('a merge that becomes ready before its batches have run', () => {
  it('a merge that is dequeued early releases its row, is put behind its batches again, and the run completes', async () => {
    work.main_etl = async ({ day, runId }) => {
      await rowsToMerge(warehouse, day.date, runId);
      return { numrow: 0, findings: {}, load: async () => {} };
    };
    const run = await start();
    await queues.byBatch.activity_counts.remove(jobIdOf(run, 'activity_counts'));
    await queues.byBatch.user_counts.remove(jobIdOf(run, 'user_counts'));
    startWorkers();
    await waitUntil(async () => ran.includes('main_etl'), 'the merge to be tried');
    await waitUntil(
      async () => (await rowOf(run.runId, 'main_etl'))?.status === SCHEDULER_STATUS.queued,
      'its row to be released',
    );
    await waitUntil(async () => {
      await forget();
      await restore();
      return ran.includes('user_counts');
    }, 'the batches to be run');
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(ran.filter((batch) => batch !== 'main_etl').toSorted()).toEqual([
      'activity_counts',
      'user_counts',
    ]);
    expect(ran.at(-1)).toBe('main_etl');
  });
});

it('a restored job keeps its place in a backfill', async () => {
  const run = await startRun(control, {
    kind: 'pipeline',
    date: DATE,
    trigger: 'backfill',
    requestedBy: 'test',
  });
  const priorities = () =>
    Promise.all(
      run.batches.map(async ({ batch, jobId }) => (await queues.byBatch[batch].getJob(jobId))?.opts.priority),
    );
  const before = await priorities();
  expect(before).toEqual([19738, 19738, 19738]);
  await loseQueue();
  await forget();
  await restore();
  expect(await priorities()).toEqual(before);
  expect(await jobState('main_etl', jobIdOf(run, 'main_etl'))).toBe('waiting-children');
  startWorkers();
  expect((await ended(run.runId))?.status).toBe('completed');
});

it('a job that a worker with a wrong clock delayed for days is ready after the next round', async () => {
  const run = await start();
  const delayBy = async (batch: Batch, ms: number) => {
    const queue = queues.byBatch[batch];
    await harness.connection.lrem(queue.toKey('wait'), 0, jobIdOf(run, batch));
    await harness.connection.zadd(queue.toKey('delayed'), (Date.now() + ms) * 0x1000, jobIdOf(run, batch));
  };
  await delayBy('activity_counts', 36 * 3_600_000);
  await delayBy('user_counts', 10_000);
  await forget();
  await restore();
  expect(await jobState('activity_counts', jobIdOf(run, 'activity_counts'))).toBe('waiting');
  // A pause of the longest allowed length is no fault.
  expect(await jobState('user_counts', jobIdOf(run, 'user_counts'))).toBe('delayed');
});

describe('a merge that waits for jobs that are gone', () => {
  it('a merge becomes ready if the batches that it waits for are finished and their jobs are gone', async () => {
    const run = await start();
    // Workers finished them without telling the queue, which has lost their jobs since.
    await sql`UPDATE log_scheduler SET status = 1, active_key = NULL, finished_at = NOW(3), lease_until = NULL
      WHERE batch_name <> 'main_etl'`.execute(warehouse);
    for (const batch of ['activity_counts', 'user_counts'] as const) {
      const queue = queues.byBatch[batch];
      await harness.connection.del(queue.toKey(jobIdOf(run, batch)));
      await harness.connection.lrem(queue.toKey('wait'), 0, jobIdOf(run, batch));
    }
    startWorkers();
    await forget();
    await restore();
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(ran).toEqual(['main_etl']);
  });
});

describe('a job that the queue has given up', () => {
  const letFail = async (batch: Batch, jobId: string) => {
    const worker = new Worker(
      queues.byBatch[batch].name,
      async () => {
        throw new UnrecoverableError('job stalled more than allowable limit');
      },
      { connection: harness.connection, prefix: control.queues.byBatch[batch].opts.prefix ?? '' },
    );
    await waitUntil(async () => (await jobState(batch, jobId)) === 'failed', 'the job to fail');
    await worker.close();
  };

  it('a batch in progress fails if BullMQ gave its job up, and frees its date', async () => {
    const run = await start();
    await sql`UPDATE log_scheduler SET status = 2, attempt = 4, fence = 4 WHERE batch_name = 'activity_counts'`.execute(
      warehouse,
    );
    await letFail('activity_counts', jobIdOf(run, 'activity_counts'));
    await forget();
    await restore();
    expect(await rowOf(run.runId, 'activity_counts')).toMatchObject({
      status: 3,
      error_details: 'The queue gave the job up: job stalled more than allowable limit',
    });
    expect(await rowOf(run.runId, 'main_etl')).toMatchObject({ status: 3 });
    startWorkers();
    expect((await ended(run.runId))?.status).toBe('failed');
    expect((await ended((await start()).runId))?.status).toBe('completed');
  });

  it('a queued batch whose job BullMQ gave up is retried', async () => {
    const run = await start();
    await letFail('activity_counts', jobIdOf(run, 'activity_counts'));
    await forget();
    await restore();
    startWorkers();
    expect((await ended(run.runId))?.status).toBe('completed');
  });
});

describe('a run without a fault', () => {
  it('a run whose jobs are complete is left alone, and waiting jobs keep their place', async () => {
    const run = await start();
    const job = await queues.byBatch.activity_counts.getJob(jobIdOf(run, 'activity_counts'));
    await forget();
    await restore();
    const same = await queues.byBatch.activity_counts.getJob(jobIdOf(run, 'activity_counts'));
    expect(same?.timestamp).toBe(job?.timestamp);
    expect(await rowOf(run.runId, 'activity_counts')).toMatchObject({ status: 4, fence: 0 });
  });
});
