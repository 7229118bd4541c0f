import {
  type RedisCluster,
  type RedisWithSentinels,
  type Scratch,
  scratchFolder,
  startRedisCluster,
  startRedisWithSentinels,
  waitUntil,
} from '@etl/local-stack';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import {
  documentedTables,
  loadedTables,
  openSystem,
  post,
  SMALL_SAMPLE,
  type System,
  TOKEN,
} from './system.ts';

const DATES = Array.from({ length: 12 }, (_, index) => `2024-01-${String(index + 4).padStart(2, '0')}`);
const PASSWORD = 'of-this-test';

let folder: Scratch<string>;
let stopRedis: (() => Promise<void>) | undefined;
let system: System | undefined;

beforeEach(() => {
  folder = scratchFolder();
});

afterEach(async () => {
  await system?.close();
  await stopRedis?.();
  await folder.remove();
});

async function openOn(redisUrl: string): Promise<System> {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl },
    { sample: { ...SMALL_SAMPLE, dates: DATES } },
  );
  return system;
}

const completedOf = async (opened: System) => {
  const [row] = await opened.rows(
    "SELECT COUNT(*) AS merged FROM log_scheduler WHERE batch_name = 'main_etl' AND status = 1",
  );
  return Number(row?.merged);
};

const askForAll = (opened: System) =>
  opened.call<{ data: { runs: unknown[] } }>(
    'run_backfill',
    post({ from: DATES[0] as string, to: DATES.at(-1) as string }),
  );

async function everyDayIsRight(opened: System): Promise<void> {
  for (const date of DATES) {
    expect(await opened.runEnd(date)).toBe('completed');
    expect(await loadedTables(opened, date), date).toEqual(await documentedTables(opened, date));
  }
  expect((await loadedTables(opened, '2024-01-15')).user_activity_etl.length).toBeGreaterThan(20);
}

it('a Redis cluster of three works for a backfill, the board and the rate limit', async () => {
  const cluster: RedisCluster = await startRedisCluster(3, { folder: folder.value, password: PASSWORD });
  stopRedis = cluster.stop;
  // REDIS_URL names one node. The client finds the others.
  const opened = await openOn(`redis-cluster://:${PASSWORD}@127.0.0.1:${cluster.nodes[0]?.port}`);
  opened.env.ETL_RATE_LIMIT = '100000';
  await opened.startGateway();
  await opened.startWorker();
  await opened.startWorker();
  expect((await askForAll(opened)).code).toBe(202);
  await everyDayIsRight(opened);
  const board = await fetch(new URL('/admin/queues/api/queues', opened.api), {
    headers: { authorization: `Basic ${btoa('operator:board-password')}` },
  });
  expect(board.status).toBe(200);
  // The gateway sends this header only if Redis counted the request.
  const counted = await fetch(new URL(`${opened.api}/status`), {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(counted.headers.get('x-ratelimit-limit')).toBe('100000');
  expect((await fetch(new URL('/health/ready', opened.api))).status).toBe(200);
  const { output } = await opened.etl('doctor');
  expect(output).toContain('redis: version 7');

  // Any node may hold the queue, so one dead node makes the gateway unready.
  for (const node of cluster.nodes) await node.kill();
  const ready = async () => (await fetch(new URL('/health/ready', opened.api))).status;
  await waitUntil(async () => (await ready()) === 503, 'the gateway to miss the cluster');
  for (let probe = 0; probe < 20; probe++) expect(await ready()).toBe(503);
});

it('a replica takes over from a master that dies during a backfill, and every day is right', async () => {
  const redis: RedisWithSentinels = await startRedisWithSentinels({
    folder: folder.value,
    password: PASSWORD,
    sentinelPassword: 'of-the-sentinels',
  });
  stopRedis = redis.stop;
  const opened = await openOn(redis.url);
  opened.env.REDIS_SENTINEL_PASSWORD = 'of-the-sentinels';
  await opened.startGateway();
  const workers = [await opened.startWorker(), await opened.startWorker()];
  expect((await askForAll(opened)).code).toBe(202);
  await waitUntil(async () => (await completedOf(opened)) >= 2, 'some days to be completed');
  await redis.master.kill();
  const completedBefore = await completedOf(opened);
  expect(completedBefore).toBeLessThan(DATES.length);

  await waitUntil(async () => (await redis.masterPort()) === redis.replica.port, 'the failover');
  await everyDayIsRight(opened);
  expect(workers.every((worker) => worker.output().includes('redis is reachable again'))).toBe(true);

  // The replica has the queue now and accepts new runs.
  await waitUntil(
    async () => (await opened.call('run_pipeline', post({ date: '2024-01-15' }))).code === 202,
    'a run to be accepted',
  );
  expect(await opened.runEnd('2024-01-15')).toBe('completed');
  const successor = new Redis(redis.replica.url);
  expect(await successor.keys(`${opened.env.ETL_QUEUE_PREFIX}:*`)).not.toEqual([]);
  successor.disconnect();
});
