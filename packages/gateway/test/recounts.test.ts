import type { Recount } from '@etl/core';
import { createLogger, perViewKind } from '@etl/core';
import { waitUntil } from '@etl/local-stack';
import { connectWorker, createRecountWorker } from '@etl/queue';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

const DATE = '2024-01-15';
const CELL = `${API}/cells/${DATE}/42/recount`;
const none = { warehouse: 1, moodle: 1, difference: 0 };
const RESULT: Recount = {
  outcome: 'equal',
  likely_reason: null,
  run_id: '4b0c6d5e-8f1a-4c3b-9d2e-7a6f5e4d3c2b',
  provisional: false,
  counts: { ...perViewKind(() => none), total_views: none, active_days: none },
  course: { warehouse: null, moodle: { row: 'counted', category_id: 7 } },
  log_rows: { read: null, now: 12 },
  run: null,
};

let gateway: Gateway;
let viewer: string;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: { ...JWT_ENV, BULL_BOARD_USER: 'operator', BULL_BOARD_PASSWORD: 'a-board-password' } },
  );
  await mergeRows(gateway, DATE, [course(42), course(43)]);
  viewer = await signed({ username: 'viewer', directorate: 'A' });
});

beforeEach(async () => {
  const keys = await gateway.queues.redis.keys('*:rate-limit:recounts:*');
  for (const key of keys) await gateway.queues.redis.del(key);
});

afterAll(() => gateway?.close());

const call = (method: 'GET' | 'POST', url: string, token = TOKEN) =>
  gateway.app.inject({ method, url, headers: { authorization: `Bearer ${token}` } });

it('a recount is queued for a worker, and its result can be read', async () => {
  const first = await call('POST', CELL);
  expect(first.statusCode).toBe(202);
  const { data } = first.json();
  expect(data).toMatchObject({
    extraction_date: DATE,
    moodle_course_id: '42',
    state: 'queued',
    result: null,
  });
  // The same cell in flight is the same recount, whoever asks.
  expect((await call('POST', CELL, `${TOKEN}-2`)).json().data.recount_id).toBe(data.recount_id);
  const url = `${API}/recounts/${data.recount_id}`;
  expect((await call('GET', url)).json().data).toEqual(data);

  const { prefix = '' } = gateway.queues.recounts.opts;
  const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test');
  const connection = connectWorker({ REDIS_URL: inject('redisUrl'), ETL_QUEUE_PREFIX: prefix }, log);
  const worker = createRecountWorker({
    connection,
    prefix,
    recount: async () => RESULT,
    stopping: new AbortController().signal,
    log,
  });
  void worker.run();
  await waitUntil(
    async () => (await call('GET', url)).json().data.state === 'completed',
    'the recount to end',
  );
  expect((await call('GET', url)).json().data.result).toEqual(RESULT);
  await worker.close();
  connection.disconnect();
});

it('the board shows recounts without their figures, and cannot change them', async () => {
  const authorization = `Basic ${Buffer.from('operator:a-board-password').toString('base64')}`;
  const board = (method: 'GET' | 'PUT', path: string) =>
    gateway.app.inject({ method, url: `/admin/queues/api/${path}`, headers: { authorization } });
  const {
    data: { recount_id: id },
  } = (await call('POST', CELL)).json();
  await gateway.queues.redis.hset(gateway.queues.recounts.toKey(id), 'returnvalue', JSON.stringify(RESULT));
  const one = await board('GET', `queues/recounts/${id}`);
  const list = await board('GET', 'queues?activeQueue=recounts&status=waiting');
  for (const answer of [one, list]) {
    expect(answer.statusCode).toBe(200);
    expect(answer.body).toContain(id);
    expect(answer.body).not.toContain('outcome');
  }
  for (const action of ['clean', 'retry', 'promote']) {
    expect((await board('PUT', `queues/recounts/${id}/${action}`)).statusCode, action).toBe(403);
  }
  expect((await call('GET', `${API}/recounts/${id}`)).json().data.state).toBe('queued');
});

it('while a hundred recounts wait, a further one is refused, and retry-after says when to try again', async () => {
  await gateway.queues.recounts.addBulk(
    Array.from({ length: 100 }, (_, index) => ({
      name: 'recount',
      data: { extraction_date: DATE, moodle_course_id: String(index + 1000) },
    })),
  );
  const refused = await call('POST', `${API}/cells/${DATE}/43/recount`);
  expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '10']);
  await gateway.queues.recounts.drain();
});

it('a recount of what the warehouse does not know is rejected', async () => {
  for (const cell of ['2024-01-16/42', `${DATE}/99`]) {
    expect((await call('POST', `${API}/cells/${cell}/recount`)).statusCode, cell).toBe(404);
  }
  for (const cell of ['2024-02-30/42', `${DATE}/x`]) {
    expect((await call('POST', `${API}/cells/${cell}/recount`)).statusCode, cell).toBe(400);
  }
  const unknown = await call('GET', `${API}/recounts/00000000-0000-4000-8000-000000000000`);
  expect(unknown.statusCode).toBe(404);
  expect((await call('GET', `${API}/recounts/nonsense`)).statusCode).toBe(400);
});

it('a recount of figures of the PHP system is rejected', async () => {
  await mergeRows(gateway, '2023-12-31', [course(42)]);
  await gateway.warehouse
    .updateTable('log_scheduler')
    .set({ details: JSON.stringify({ time_zone: 'UTC', adopted: true }) })
    .where('extraction_date', '=', '2023-12-31')
    .execute();
  const refused = await call('POST', `${API}/cells/2023-12-31/42/recount`);
  expect([refused.statusCode, refused.json()]).toMatchObject([
    400,
    { code: 'INVALID_REQUEST', details: { date: 'has figures of the PHP system' } },
  ]);
});

it('recounts are for administrators', async () => {
  expect((await call('POST', CELL, viewer)).statusCode).toBe(403);
  const { recount_id: id } = (await call('POST', CELL)).json().data;
  expect((await call('GET', `${API}/recounts/${id}`, viewer)).statusCode).toBe(403);
  const unknown = `${API}/recounts/00000000-0000-4000-8000-000000000000`;
  expect((await call('GET', unknown, viewer)).statusCode).toBe(403);
});

it('a caller requests twenty recounts a minute at most, and other callers are not affected', async () => {
  const url = `${API}/cells/${DATE}/43/recount`;
  for (let done = 0; done < 20; done++) expect((await call('POST', url)).statusCode).toBe(202);
  const refused = await call('POST', url);
  expect([refused.statusCode, refused.json().code]).toEqual([429, 'RATE_LIMITED']);
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect((await call('POST', url, `${TOKEN}-2`)).statusCode).toBe(202);
  expect((await call('GET', `${API}/status`)).statusCode).toBe(200);
});
