import { freeze, waitUntil } from '@etl/local-stack';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { loadedTables, openLogLock, openSystem, post, type System } from './system.ts';

const DATE = '2024-01-15';

let system: System;

beforeEach(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    // One row in a statement makes the load slow.
    { env: { ETL_MERGE_BATCH_SIZE: '1' } },
  );
  await system.startGateway();
});

afterEach(() => system?.close());

const batchOf = async (batch: string) =>
  (
    await system.rows('SELECT * FROM log_scheduler WHERE batch_name = ? ORDER BY id DESC LIMIT 1', [batch])
  )[0];
const merge = () => batchOf('main_etl');

it('a worker that freezes during a load loses its locks, and changes nothing when it goes on', async () => {
  const frozen = await system.startWorker();
  await system.call('run_pipeline', post({ date: DATE }));
  expect(await system.runEnd(DATE)).toBe('completed');
  const undisturbed = await loadedTables(system, DATE);

  // Unchanged rows would not be written again.
  await system.rows('UPDATE user_activity_etl SET total_views = total_views + 1');
  await system.rows(
    'CREATE TRIGGER slow BEFORE INSERT ON user_activity_etl FOR EACH ROW SET @slept = SLEEP(0.05)',
  );
  await system.call('run_pipeline', post({ date: DATE }));
  const loads = () =>
    system.rows(
      "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User sleep'",
    );
  await waitUntil(async () => (await loads()).length > 0, 'the load');
  await freeze(frozen.pid);
  try {
    expect((await merge())?.status).toBe(2);
    // This also waits for the load's locks.
    await system.rows('DROP TRIGGER slow');
    await system.startWorker();
    expect(await system.runEnd(DATE)).toBe('completed');
    expect(await merge()).toMatchObject({ status: 1, attempt: 2, fence: 2 });
  } finally {
    process.kill(frozen.pid, 'SIGCONT');
  }
  await waitUntil(
    async () =>
      frozen.output().includes('another worker') || frozen.output().includes('batch is completed already'),
    'the frozen worker to notice',
  );
  expect(await merge()).toMatchObject({ status: 1, attempt: 2, fence: 2 });
  expect(await loadedTables(system, DATE)).toEqual(undisturbed);
});

it('a worker that freezes during a read loses its session and its slot to the others', async () => {
  const lock = await openLogLock(system);
  const frozen = await system.startWorker({ ETL_SOURCE_CONCURRENCY: '1' });
  try {
    await lock.hold();
    await system.call('run_activity_counts', post({ date: '2024-01-14' }));
    await waitUntil(async () => (await batchOf('activity_counts'))?.status === 2, 'the read');
    await freeze(frozen.pid);
    await system.startWorker({ ETL_SOURCE_CONCURRENCY: '1' });
    await lock.release();
    expect(await system.runEnd('2024-01-14')).toBe('completed');
    expect(await batchOf('activity_counts')).toMatchObject({ status: 1, fence: 2 });
  } finally {
    process.kill(frozen.pid, 'SIGCONT');
    await lock.close();
  }
});
