import { waitUntil } from '@etl/local-stack';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { type LogLock, openLogLock, openSystem, post, type System } from './system.ts';

const DATE = '2024-01-15';

let system: System;
let lock: LogLock;

beforeEach(async () => {
  // The lease of production: a released batch must not wait for its end.
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: { ETL_LEASE_SECONDS: '12' } },
  );
  await system.startGateway();
  lock = await openLogLock(system);
});

afterEach(async () => {
  await lock?.close();
  await system?.close();
});

const activityCounts = async () =>
  (await system.rows("SELECT * FROM log_scheduler WHERE batch_name = 'activity_counts'"))[0];

async function startRunThatHangs() {
  await lock.hold();
  const worker = await system.startWorker();
  await system.call('run_pipeline', post({ date: DATE }));
  await waitUntil(async () => (await activityCounts())?.status === 2, 'activity_counts to be in progress');
  return worker;
}

/** Asks a busy worker to stop. `ended` resolves to its exit code. */
async function startStopping() {
  const worker = await startRunThatHangs();
  const ended = worker.end('SIGTERM');
  await waitUntil(async () => worker.output().includes('process stopping'), 'the worker to begin its stop');
  return { worker, ended };
}

describe('a worker that is asked to stop', () => {
  it('a stopping worker releases an unfinished batch without using an attempt, and another worker completes it', async () => {
    const worker = await startRunThatHangs();
    expect(await worker.end('SIGTERM')).toBe(0);
    expect(worker.output()).toContain('batch released');
    expect(await activityCounts()).toMatchObject({ status: 4, error_details: null, lease_until: null });
    const job = await fetch(
      new URL(`/admin/queues/api/queues/activity-counts/${(await activityCounts())?.job_id}`, system.api),
      { headers: { authorization: `Basic ${Buffer.from('operator:board-password').toString('base64')}` } },
    );
    expect(await job.json()).toMatchObject({ status: 'prioritized', job: { attempts: 0 } });

    await lock.release();
    await system.startWorker();
    expect(await system.runEnd(DATE)).toBe('completed');
  });

  it('a stopping worker finishes a batch that ends in time', async () => {
    const { ended } = await startStopping();
    await lock.release();
    expect(await ended).toBe(0);
    expect(await activityCounts()).toMatchObject({ status: 1, attempt: 1 });
  });

  it('a worker ends at once at the second signal, and another worker takes its batch over', async () => {
    const { worker, ended } = await startStopping();
    await worker.end('SIGTERM');
    expect(await ended).toBe(1);
    expect(worker.output()).not.toContain('batch released');
    await lock.release();
    await system.startWorker();
    expect(await system.runEnd(DATE)).toBe('completed');
  });
});

describe('a worker that is killed', () => {
  it('another worker takes over from a killed one with the settings of production', async () => {
    const worker = await startRunThatHangs();
    await system.startWorker();
    await worker.end('SIGKILL');
    const began = performance.now();
    await lock.release();
    expect(await system.runEnd(DATE)).toBe('completed');
    process.stdout.write(
      `run completed ${Math.round((performance.now() - began) / 100) / 10} s after the kill\n`,
    );
    expect(await activityCounts()).toMatchObject({ status: 1, attempt: 2, fence: 2 });
  });
});

describe('the last step of a run', () => {
  it('the last step of a run deletes traces that are older than the retention', async () => {
    await system.startWorker();
    await system.call('run_pipeline', post({ date: '2024-01-14' }));
    expect(await system.runEnd('2024-01-14')).toBe('completed');
    await system.call('run_pipeline', post({ date: '2024-01-14' }));
    expect(await system.runEnd('2024-01-14')).toBe('completed');
    await system.rows('UPDATE log_scheduler SET created_at = NOW() - INTERVAL 91 DAY');

    await system.call('run_pipeline', post({ date: DATE }));
    expect(await system.runEnd(DATE)).toBe('completed');
    const left = () => system.rows('SELECT extraction_date, batch_name FROM log_scheduler ORDER BY id');
    await waitUntil(async () => (await left()).length === 6, 'the older of both runs to be deleted');
    expect((await system.call('results/2024-01-14')).code).toBe(200);
  });
});
