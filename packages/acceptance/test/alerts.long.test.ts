import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type DatabaseServer,
  freePort,
  openReceiver,
  type Receiver,
  type RedisServer,
  type Scratch,
  scratchFolder,
  startMariaDb,
  startRedis,
  waitUntil,
  withConnection,
} from '@etl/local-stack';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSystem, post, type System } from './system.ts';

/** The time limit of a scrape or a probe. */
const TIMEOUT_MS = 10_000;

const DATE = '2024-01-15';

// The test stops these servers, so no other test may use them.
let folder: Scratch<string>;
let warehouse: DatabaseServer;
let moodle: DatabaseServer;
let redis: RedisServer;
let receiver: Receiver;
let system: System;

beforeEach(async () => {
  folder = scratchFolder();
  [warehouse, moodle, redis, receiver] = await Promise.all([
    startMariaDb({ folder: path.join(folder.value, 'warehouse') }),
    startMariaDb({ folder: path.join(folder.value, 'moodle') }),
    startRedis({ folder: path.join(folder.value, 'redis') }),
    openReceiver(),
  ]);
  system = await openSystem(
    { mysqlUrl: warehouse.url, sourceMysqlUrl: moodle.url, redisUrl: redis.url },
    { env: { ETL_ALERT_URL: receiver.url } },
  );
});

afterEach(async () => {
  await system?.close();
  await Promise.all([redis?.stop(), warehouse?.stop(), moodle?.stop(), receiver?.close()]);
  await folder.remove();
});

interface Notification {
  type: string;
  data: { cause: string; message: string };
}

const notified = () =>
  receiver.received.map(({ body }) => {
    const { type, data } = JSON.parse(body) as Notification;
    return { type, cause: data.cause };
  });

const opened = (cause: string) => ({ type: 'alert.opened', cause });
const resolved = (cause: string) => ({ type: 'alert.resolved', cause });

const answerOf = async (url: URL | string) => {
  const answer = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  return { code: answer.status, text: await answer.text() };
};

it('a dead server causes one alert, its return one more, and scrapes and probes stay true', async () => {
  const ports = [await freePort(), await freePort()];
  for (const port of ports) await system.startWorker({ ETL_WORKER_PORT: String(port) });
  await system.startGateway();
  const gateway = new URL(system.api).origin;
  const worker = `http://127.0.0.1:${ports[0]}`;
  const truth = async () => {
    const { text } = await answerOf(`${gateway}/metrics`);
    const metricsOfWorker = await answerOf(`${worker}/metrics`);
    const ups = `${text}\n${metricsOfWorker.text}`.matchAll(
      /^etl_dependency_up\{dependency="(\w+)"\} (\d)/gm,
    );
    return {
      live: (await answerOf(`${gateway}/health/live`)).code,
      ready: (await answerOf(`${gateway}/health/ready`)).code,
      workerLive: (await answerOf(`${worker}/health/live`)).code,
      workerReady: (await answerOf(`${worker}/health/ready`)).code,
      workerMetrics: metricsOfWorker.code,
      up: Object.fromEntries([...ups].map(([, name, up]) => [name, Number(up)])),
      // A value that cannot be measured is left out: neither the former value nor zero.
      measured: ['etl_queue_jobs', 'etl_workers', 'etl_batches'].filter((name) =>
        text.includes(`\n${name}{`),
      ),
    };
  };
  const well = {
    ...{ live: 200, ready: 200, workerLive: 200, workerReady: 200, workerMetrics: 200 },
    up: { queue: 1, database: 1, moodle: 1 },
    measured: ['etl_queue_jobs', 'etl_workers', 'etl_batches'],
  };
  await waitUntil(async () => (await truth()).workerReady === 200, 'the worker to be ready');
  expect(await truth()).toEqual(well);

  const outages = [
    {
      cause: 'database',
      server: warehouse,
      without: {
        ...well,
        ready: 503,
        workerReady: 503,
        up: { queue: 1, database: 0, moodle: 1 },
        measured: ['etl_queue_jobs', 'etl_workers'],
      },
    },
    {
      cause: 'moodle',
      server: moodle,
      without: { ...well, workerReady: 503, up: { queue: 1, database: 1, moodle: 0 } },
    },
    {
      cause: 'queue',
      server: redis,
      without: {
        ...well,
        ready: 503,
        workerReady: 503,
        up: { queue: 0, database: 1, moodle: 1 },
        measured: ['etl_batches'],
      },
    },
  ];
  const expected: ReturnType<typeof notified> = [];
  for (const { cause, server, without } of outages) {
    await server.kill();
    // Each process checks once a second.
    await waitUntil(
      async () => isDeepStrictEqual(await truth(), without),
      `scrapes and probes to miss ${cause}`,
    );
    expected.push(opened(cause));
    await waitUntil(async () => notified().length === expected.length, `an alert about ${cause}`);
    expect(receiver.received.at(-1)?.body).toContain(`ECONNREFUSED 127.0.0.1:${server.port}`);
    expect(await truth(), cause).toEqual(without);
    // A worker's health never shows addresses.
    expect((await answerOf(`${worker}/health/ready`)).text).not.toContain('127.0.0.1');
    await server.startAgain();
    expected.push(resolved(cause));
    await waitUntil(async () => notified().length === expected.length, `the end of the alert about ${cause}`);
    expect(await truth(), cause).toEqual(well);
  }
  expect(notified()).toEqual(expected);
});

it('the death of the last worker causes an alert at once, and so does the next worker', async () => {
  const worker = await system.startWorker();
  const half = await system.startWorker({ ETL_WORKER_BATCHES: 'user_counts' });
  await system.startGateway();
  await worker.end('SIGKILL');
  await waitUntil(async () => notified().length === 1, 'an alert');
  expect(notified()).toEqual([opened('workers')]);
  expect(receiver.received[0]?.body).toContain('There is no worker for activity_counts, main_etl:');
  expect((await answerOf(new URL('/metrics', system.api))).text).toMatch(
    /^etl_workers\{batch="activity_counts"\} 0\netl_workers\{batch="user_counts"\} 1\netl_workers\{batch="main_etl"\} 0$/m,
  );
  expect((await system.etl('doctor')).output).toContain(
    'workers: there is none for activity_counts, main_etl',
  );
  await half.end('SIGTERM');
  await system.startWorker();
  await waitUntil(async () => notified().length === 2, 'the end of the alert');
  expect(notified()).toEqual([opened('workers'), resolved('workers')]);
  expect((await system.etl('doctor')).output).toContain('workers: there is one for each batch');
});

it('a late day causes an alert although no worker runs, and so does its arrival', async () => {
  const dateOf = (daysAgo: number) => Temporal.Now.plainDateISO('UTC').subtract({ days: daysAgo }).toString();
  // The tables are three days old: one date was due and its window has closed.
  await system.rows('UPDATE kysely_migration SET timestamp = ?', [`${dateOf(2)}T00:00:00.000Z`]);
  // Redis answers but is full. The alerts are stored in the warehouse.
  await redis.configure({ maxmemory: '1' });
  await system.startGateway();
  const cause = `late:${dateOf(2)}`;
  await waitUntil(async () => notified().length === 2, 'an alert, and one that there is no worker');
  expect(notified()).toEqual([opened(cause), opened('workers')]);
  await redis.configure({ maxmemory: '0' });
  await system.startWorker();
  await system.call('run_pipeline', post({ date: dateOf(2) }));
  await waitUntil(async () => notified().length === 4, 'the end of both');
  const ends = notified().slice(2);
  expect(ends).toHaveLength(2);
  expect(ends).toEqual(expect.arrayContaining([resolved(cause), resolved('workers')]));
});

it('failed runs cause one alert for all processes and dates, and one when a later run completes', async () => {
  await withConnection(system.sourceUrl, (source) =>
    source.query('RENAME TABLE mdl_role_assignments TO mdl_elsewhere'),
  );
  await system.startWorker();
  await system.startWorker();
  await system.startGateway();
  await system.call('run_backfill', post({ from: '2024-01-13', to: DATE }));
  for (const date of ['2024-01-13', '2024-01-14', DATE]) expect(await system.runEnd(date)).toBe('failed');
  await waitUntil(async () => notified().length > 0, 'an alert');
  const [{ cause = '' } = {}] = notified();
  expect(cause).toMatch(/^runs:/);
  const [first] = receiver.received;
  expect((JSON.parse(first?.body ?? '') as Notification).data.message).toContain('mdl_role_assignments');

  await withConnection(system.sourceUrl, (source) =>
    source.query('RENAME TABLE mdl_elsewhere TO mdl_role_assignments'),
  );
  const again = await system.call('run_backfill', post({ from: '2024-01-13', to: DATE }));
  expect(again.code).toBe(202);
  for (const date of ['2024-01-13', '2024-01-14', DATE]) expect(await system.runEnd(date)).toBe('completed');
  await waitUntil(async () => notified().length === 2, 'the end of the alert');
  expect(notified()).toEqual([opened(cause), resolved(cause)]);
});
