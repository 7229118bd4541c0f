import { waitUntil } from '@etl/local-stack';
import { runState } from '@etl/warehouse';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { cancelRun, restoreOrphanedRuns, retryRun } from '../src/index.ts';
import { type Harness, held, jobIdOf, openHarness } from './support.ts';

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

const statuses = async (runId: string) =>
  (await runState(warehouse, runId))?.rows.map(({ status }) => status);

describe('a run that is cancelled', () => {
  it('a cancelled run leaves no job in the queue, and can be retried', async () => {
    const run = await start();
    await cancelRun(control, { runId: run.runId, requestedBy: 'jane' });
    expect(await rowOf(run.runId, 'main_etl')).toMatchObject({
      status: 3,
      error_details: 'Cancelled by jane',
    });
    for (const batch of ['activity_counts', 'user_counts', 'main_etl'] as const) {
      expect(await jobState(batch, jobIdOf(run, batch))).toBe('unknown');
    }
    await expect(cancelRun(control, { runId: run.runId, requestedBy: 'jane' })).rejects.toThrow(
      'has ended already',
    );
    startWorkers();
    await retryRun(control, { runId: run.runId, requestedBy: 'jane' });
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(ran).toHaveLength(3);
  });

  it('a worker loses a cancelled batch, and does not start it again', async () => {
    const reasons: unknown[] = [];
    work.activity_counts = async (_input, { signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      reasons.push(signal.reason);
      throw signal.reason;
    };
    const run = await start();
    startWorkers();
    await waitUntil(
      async () => (await statuses(run.runId))?.join() === '2,1,4',
      'activity_counts to be in progress',
    );
    await cancelRun(control, { runId: run.runId, requestedBy: 'jane' });
    const jobId = jobIdOf(run, 'activity_counts');
    await waitUntil(async () => (await jobState('activity_counts', jobId)) === 'failed', 'the job to end');
    expect(reasons).toHaveLength(1);
    expect((await queues.byBatch.activity_counts.getJob(jobId))?.attemptsStarted).toBe(1);
    expect(await statuses(run.runId)).toEqual([3, 1, 3]);
    expect(ran.filter((batch) => batch === 'activity_counts')).toHaveLength(1);

    const again = held();
    work.activity_counts = again.handler;
    await retryRun(control, { runId: run.runId, requestedBy: 'jane' });
    again.release();
    await waitUntil(async () => {
      await restoreOrphanedRuns(control);
      return (await statuses(run.runId))?.join() === '1,1,1';
    }, 'the retried run to complete');
  });
});

describe('a retry while the other batch of the run is in progress', () => {
  it('a retry completes the run while its other batch is in progress, and the merge follows both', async () => {
    const other = held();
    work.user_counts = other.handler;
    let broken = true;
    work.activity_counts = async () => {
      if (broken) throw Object.assign(new Error('no such table'), { errno: 1146 });
      return { numrow: 1, findings: {}, load: async () => {} };
    };
    const run = await start();
    startWorkers();
    await waitUntil(async () => (await statuses(run.runId))?.join() === '3,2,3', 'activity_counts to fail');
    const jobId = jobIdOf(run, 'activity_counts');
    await waitUntil(
      async () => (await jobState('activity_counts', jobId)) === 'failed',
      'its job to have failed',
    );
    broken = false;
    await retryRun(control, { runId: run.runId, requestedBy: 'jane' });
    await waitUntil(
      async () => (await statuses(run.runId))?.join() === '1,2,4',
      'activity_counts to complete',
    );
    expect(ran).not.toContain('main_etl');
    other.release();
    expect((await ended(run.runId))?.status).toBe('completed');
  });
});
