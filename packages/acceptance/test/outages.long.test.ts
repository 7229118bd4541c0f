import path from 'node:path';
import {
  type DatabaseServer,
  freeze,
  type RedisServer,
  type Scratch,
  scratchFolder,
  startMariaDb,
  startRedis,
  waitUntil,
} from '@etl/local-stack';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSystem, post, type System } from './system.ts';

const DATE = '2024-01-15';

let folder: Scratch<string>;
let mariaDb: DatabaseServer;
let redis: RedisServer;
let system: System;

// The test stops these servers, so no other test may use them.
beforeEach(async () => {
  folder = scratchFolder();
  mariaDb = await startMariaDb({ folder: path.join(folder.value, 'mariadb') });
  redis = await startRedis({ folder: path.join(folder.value, 'redis') });
  system = await openSystem({ mysqlUrl: mariaDb.url, redisUrl: redis.url });
});

afterEach(async () => {
  await system?.close();
  await redis?.stop();
  await mariaDb?.stop();
  await folder.remove();
});

const runPipeline = () => system.call('run_pipeline', post({ date: DATE }));
const active = () => system.rows('SELECT * FROM log_scheduler WHERE status IN (2, 4)');

it('while Redis is down a run is refused and leaves no queued row, and afterwards runs are accepted', async () => {
  await system.startGateway();
  await system.startWorker();
  await redis.stop();

  for (let i = 0; i < 3; i++) {
    const { code, body } = await runPipeline();
    expect(code).toBe(503);
    expect(body).toMatchObject({ error: 'Failed to connect to queue', code: 'QUEUE_UNAVAILABLE' });
  }
  expect(await active()).toEqual([]);
  expect((await fetch(new URL('/health/ready', system.api))).status).toBe(503);
  expect((await fetch(new URL('/health/live', system.api))).status).toBe(200);

  await redis.startAgain();
  await waitUntil(async () => (await runPipeline()).code === 202, 'a run to be accepted again');
  expect(await system.runEnd(DATE)).toBe('completed');
});

it('a gateway that starts while Redis is down refuses runs, and accepts them once Redis answers', async () => {
  await redis.stop();
  await system.startGateway();
  expect((await runPipeline()).code).toBe(503);
  expect((await system.call('status')).code).toBe(200);

  await redis.startAgain();
  await waitUntil(async () => (await runPipeline()).code === 202, 'a run to be accepted');
});

it('a Redis that accepts connections but does not answer counts as down', async () => {
  await system.startGateway();
  expect((await system.call('run_user_counts', post({ date: DATE }))).code).toBe(202);
  await freeze(redis.pid);
  try {
    expect((await runPipeline()).code).toBe(503);
  } finally {
    process.kill(redis.pid, 'SIGCONT');
  }
  expect((await active()).map(({ batch_name }) => batch_name)).toEqual(['user_counts']);
});

it('a database that accepts connections but does not answer counts as down', async () => {
  await system.startGateway();
  expect((await system.call('status')).code).toBe(200);
  await freeze(mariaDb.pid);
  try {
    const { code, body } = await system.call('status');
    expect(code).toBe(503);
    expect(body).toMatchObject({ error: 'Failed to connect to database', code: 'DATABASE_UNAVAILABLE' });
  } finally {
    process.kill(mariaDb.pid, 'SIGCONT');
  }
  await waitUntil(async () => (await system.call('status')).code === 200, 'the gateway to work again');
});

it('a stopping gateway does not wait for a silent database', async () => {
  const gateway = await system.startGateway();
  await freeze(mariaDb.pid);
  try {
    const cutOff = system.call('status').catch(() => undefined);
    expect((await fetch(new URL('/health/ready', system.api))).status).toBe(503);
    let isGone = false;
    void gateway.end('SIGTERM').then(() => {
      isGone = true;
    });
    await waitUntil(async () => isGone, 'the gateway to end', { seconds: 20 });
    await cutOff;
  } finally {
    process.kill(mariaDb.pid, 'SIGCONT');
  }
});

it('while the database is down every call says so, and afterwards calls succeed', async () => {
  await system.startGateway();
  await mariaDb.kill();

  for (const call of [runPipeline, () => system.call('status'), () => system.call(`results/${DATE}`)]) {
    const { code, body } = await call();
    expect(code).toBe(503);
    expect(body).toMatchObject({
      status: false,
      error: 'Failed to connect to database',
      code: 'DATABASE_UNAVAILABLE',
    });
  }
  const { code, output } = await system.etl('status');
  expect(output).toContain('Failed to connect to database');
  expect(code).toBe(1);

  await mariaDb.startAgain();
  await system.startWorker();
  expect((await runPipeline()).code).toBe(202);
  expect(await system.runEnd(DATE)).toBe('completed');
});

it('a worker waits for a database that is killed during a run', async () => {
  await system.startGateway();
  const worker = await system.startWorker();
  await system.rows(
    // Holds the merge's load until the row is unlocked: the kill comes while it waits.
    'CREATE TRIGGER slow BEFORE INSERT ON user_activity_etl FOR EACH ROW SET @slept = SLEEP(0.05)',
  );
  await runPipeline();
  await waitUntil(
    async () =>
      (await system.rows("SELECT 1 FROM log_scheduler WHERE batch_name = 'main_etl' AND status = 2")).length >
      0,
    'the merge to begin',
  );
  await mariaDb.kill();
  await waitUntil(async () => worker.output().includes('warehouse is unreachable'), 'the worker to notice');
  await mariaDb.startAgain();
  expect(await system.runEnd(DATE)).toBe('completed');
  expect(await system.rows("SELECT attempt FROM log_scheduler WHERE batch_name = 'main_etl'")).toEqual([
    { attempt: 2 },
  ]);
});
