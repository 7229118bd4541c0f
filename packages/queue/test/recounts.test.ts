import { createLogger, EtlError, type Recount, type RecountedCell } from '@etl/core';
import { scratchName, waitUntil } from '@etl/local-stack';
import type { Worker } from 'bullmq';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import {
  connectWorker,
  createRecountWorker,
  openQueues,
  type Queues,
  RECOUNT_KEPT_SECONDS,
  type RedisConnection,
  recountOf,
  requestRecount,
} from '../src/index.ts';

const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test');
const CELL = { extraction_date: '2024-01-15', moodle_course_id: '42' };
const RESULT = { outcome: 'equal', likely_reason: null } as Recount;

let queues: Queues;
let connection: RedisConnection;
let prefix: string;
let workers: Worker[];

beforeEach(async () => {
  prefix = `{${scratchName('etl')}}`;
  const config = { REDIS_URL: inject('redisUrl'), ETL_QUEUE_PREFIX: prefix };
  queues = openQueues(config, log);
  await queues.waitUntilConnected();
  connection = connectWorker(config, log);
  workers = [];
});

afterEach(async () => {
  await Promise.all(workers.map((worker) => worker.close()));
  connection.disconnect();
  await queues.close();
});

function startWorker(
  recount: (cell: RecountedCell) => Promise<Recount> = async () => RESULT,
  stopping = new AbortController().signal,
): Worker {
  const worker = createRecountWorker({ connection, prefix, recount, stopping, log });
  workers.push(worker);
  void worker.run();
  return worker;
}

const stateOf = async (id: string) => (await recountOf(queues, id))?.state;
const until = (id: string, state: string) =>
  waitUntil(async () => (await stateOf(id)) === state, `the recount to be ${state}`);

it('a recount is queued, runs, and has its result', async () => {
  const queued = await requestRecount(queues, CELL);
  expect(queued).toMatchObject({ ...CELL, state: 'queued', error: null, result: null });
  startWorker(async (cell) => ({ ...RESULT, run_id: cell.moodle_course_id }));
  await until(queued.recount_id, 'completed');
  expect(await recountOf(queues, queued.recount_id)).toEqual({
    ...queued,
    state: 'completed',
    result: { ...RESULT, run_id: '42' },
  });
});

it('while a recount of a cell waits or runs, everyone gets that one', async () => {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let runs = 0;
  const ids = async (times: number) =>
    new Set(
      await Promise.all(
        Array.from({ length: times }, async () => (await requestRecount(queues, CELL)).recount_id),
      ),
    );
  const waiting = await ids(5);
  startWorker(async () => {
    runs += 1;
    await released;
    return RESULT;
  });
  await until([...waiting][0] as string, 'running');
  const running = await ids(5);
  expect(running).toEqual(waiting);
  expect(waiting.size).toBe(1);
  const other = await requestRecount(queues, { ...CELL, moodle_course_id: '43' });
  expect(waiting).not.toContain(other.recount_id);
  release();
  await until([...waiting][0] as string, 'completed');
  const later = await requestRecount(queues, CELL);
  expect(waiting).not.toContain(later.recount_id);
  await until(later.recount_id, 'completed');
  expect(runs).toBe(3);
});

it('a hundred recounts are queued at most', async () => {
  const requests = Array.from({ length: 100 }, (_, index) =>
    requestRecount(queues, { ...CELL, moodle_course_id: String(index + 1) }),
  );
  await Promise.all(requests);
  await expect(requestRecount(queues, { ...CELL, moodle_course_id: '101' })).rejects.toMatchObject({
    code: 'RATE_LIMITED',
  });
  startWorker();
  await until((await requests[99])?.recount_id ?? '', 'completed');
  await requestRecount(queues, CELL);
});

it('a recount that no worker has taken for an hour fails and leaves its place', async () => {
  const ids = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => {
      const cell = { ...CELL, moodle_course_id: String(index + 1) };
      return (await requestRecount(queues, cell)).recount_id;
    }),
  );
  const waitedAnHour = (id: string) =>
    queues.redis.hset(queues.recounts.toKey(id), 'timestamp', Date.now() - 3_600_001);
  const [first = '', second = ''] = ids;
  await Promise.all(ids.map(waitedAnHour));
  expect(await recountOf(queues, first)).toMatchObject({
    state: 'failed',
    error: expect.stringContaining('No worker has taken the recount within an hour'),
  });
  // The same cell as that of the second one, and the whole limit again.
  const again = await requestRecount(queues, { ...CELL, moodle_course_id: '2' });
  expect(again).toMatchObject({ state: 'queued' });
  expect(again.recount_id).not.toBe(second);
  const late = await requestRecount(queues, CELL);
  await waitedAnHour(late.recount_id);
  const counted: string[] = [];
  startWorker(async ({ moodle_course_id: course }) => {
    counted.push(course);
    return RESULT;
  });
  await until(again.recount_id, 'completed');
  await until(late.recount_id, 'failed');
  expect(counted).toEqual(['2']);
});

it('a transient error is tried three times, a permanent one once, and the recount says why', async () => {
  const gone = Object.assign(new Error('Moodle is gone'), { code: 'ECONNREFUSED' });
  const errors = [
    { error: gone, tries: 3 },
    { error: new EtlError('NOT_FOUND', 'No run of the date has completed'), tries: 1 },
  ];
  let attempts = 0;
  let thrown: Error = gone;
  startWorker(async () => {
    attempts += 1;
    throw thrown;
  });
  for (const { error, tries } of errors) {
    [attempts, thrown] = [0, error];
    const { recount_id: id } = await requestRecount(queues, CELL);
    await until(id, 'failed');
    expect(await recountOf(queues, id)).toMatchObject({ error: error.message, result: null });
    expect(attempts, error.message).toBe(tries);
  }
});

it('a worker that stops leaves its recount to another one', async () => {
  const stopping = new AbortController();
  let began = () => {};
  const running = new Promise<void>((resolve) => {
    began = resolve;
  });
  const first = startWorker(async () => {
    began();
    await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
    throw new Error('the statement was cancelled');
  }, stopping.signal);
  const { recount_id: id } = await requestRecount(queues, CELL);
  await running;
  const closed = first.close();
  stopping.abort();
  await closed;
  expect(await stateOf(id)).toBe('queued');
  startWorker();
  await until(id, 'completed');
});

it('the result of a recount is gone after its hour', async () => {
  startWorker();
  const { recount_id: id } = await requestRecount(queues, CELL);
  await until(id, 'completed');
  const job = await queues.recounts.getJob(id);
  const key = queues.recounts.toKey(id);
  expect(job?.finishedOn).toBeGreaterThan(0);
  await queues.redis.hset(key, 'finishedOn', Date.now() - RECOUNT_KEPT_SECONDS * 1000 - 1);
  expect(await recountOf(queues, id)).toBeUndefined();
  expect(await recountOf(queues, '00000000-0000-4000-8000-000000000000')).toBeUndefined();
});
