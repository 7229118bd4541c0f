import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ERROR_CODES } from '@etl/core';
import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, signed } from './tokens.ts';

const REQUESTS = 20_000;
const AT_ONCE = 20;
const DATE = '2024-01-15';

let gateway: Gateway;
let address: string;
let tokens: string[];

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    {
      env: { ...JWT_ENV, BULL_BOARD_USER: 'operator', BULL_BOARD_PASSWORD: 'a-password-for-tests' },
    },
  );
  address = await gateway.app.listen({ port: 0, host: '127.0.0.1' });
  const rows = Array.from({ length: 50 }, (_, index) => course(index + 2));
  await mergeRows(gateway, DATE, rows.slice(1));
  await mergeRows(gateway, DATE, rows);
  tokens = [
    TOKEN,
    await signed({ username: 'root', roles: [ADMIN_ROLE] }),
    await signed({ username: 'viewer', directorate: '7' }),
    await signed({}),
    'nonsense',
  ];
});

afterAll(() => gateway?.close());

const anything = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e3',
    'all',
    'null',
    'NaN',
    '9'.repeat(30),
    "' OR 1=1 --",
    '%00',
    '../..',
    '😀',
    '=1+1',
  ),
  fc.string({ unit: 'binary' }),
  fc.string(),
);
const dates = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 10, max: 31 }).map((day) => `2023-12-${day}`) },
  { weight: 4, arbitrary: fc.constantFrom(DATE, '2024-01-16', '2024-02-29', '1970-01-01') },
  {
    weight: 1,
    arbitrary: fc.constantFrom('2023-02-29', '0000-00-00', '9999-12-31', '2024-1-1', '2024-01-15T00:00:00Z'),
  },
  { weight: 1, arbitrary: anything },
);
const numbers = fc.oneof(fc.nat(20).map(String), anything);
const run = fc.oneof(fc.uuid(), anything);

const query = fc.dictionary(
  fc.constantFrom(
    'date',
    'limit',
    'offset',
    'cursor',
    'format',
    'from',
    'to',
    'group_by',
    'category',
    'parent',
    'compare',
    'filter',
    'sort',
    'order',
    'q',
    'status',
    'batch_name',
    'page',
    'metric',
    'interval',
    'course',
  ),
  fc.oneof(
    dates,
    numbers,
    fc.constantFrom('csv', 'ndjson', 'json', 'course', 'unit', 'directorate', 'day', 'main_etl', '1'),
  ),
  { maxKeys: 4 },
);
const known = fc.oneof(
  fc.constantFrom(
    'run_pipeline',
    'run_activity_counts',
    'run_user_counts',
    'run_main_etl',
    'run_backfill',
    'status',
  ),
  fc.constantFrom('scheduler_data', 'export', 'summary', 'summary', 'export', 'me', 'days', 'series'),
  fc.constantFrom('categories', 'courses', 'ledger', 'restatements'),
  run.map((id) => `restatements/${encodeURIComponent(id)}`),
  fc.nat(3).map((id) => `restatements/${id}`),
  run.map((id) => `courses/${encodeURIComponent(id)}`),
  dates.map((date) => `results/${encodeURIComponent(date)}`),
  run.map((id) => `runs/${encodeURIComponent(id)}`),
  run.map((id) => `runs/${encodeURIComponent(id)}/cancel`),
  run.map((id) => `runs/${encodeURIComponent(id)}/retry`),
);
const url = fc.oneof(
  { weight: 8, arbitrary: known.map((path) => `${API}/${path}`) },
  { weight: 1, arbitrary: anything.map((path) => `${API}/${path.replaceAll(/[^\x21-\x7e]/g, '')}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '/',
      '/health/live',
      '/health/ready',
      '/docs',
      '/docs/nothing',
      '/openapi.json',
      '/admin/queues',
      '/%',
      '//x',
      '/admin/queues/api/queues',
      '/api',
    ),
  },
);
const category = fc.oneof(fc.constantFrom('7', 'F1', ''), anything);
const range = {
  from: fc.constantFrom('2023-12-01', DATE, '9999-12-31', '1970-01-01'),
  to: dates,
  compare: fc.constantFrom('previous', 'year', 'always'),
};
/** Calls with nearly valid queries. */
const likely: fc.Arbitrary<Fuzzed['target']> = fc.oneof(
  ...Object.entries({
    export: {
      date: dates,
      limit: numbers,
      offset: numbers,
      format: fc.constantFrom('csv', 'ndjson', 'json'),
    },
    [`results/${DATE}`]: { limit: numbers, offset: numbers },
    scheduler_data: { date: dates, limit: numbers, status: fc.constantFrom('1', '2', '3', '4', '5') },
    status: { date: dates },
    me: {},
    days: { from: dates, to: dates },
    series: {
      from: dates,
      to: dates,
      metric: fc.constantFrom('total_views', 'num_students', 'active_days', 'nothing'),
      interval: fc.constantFrom('day', 'week', 'month', 'year'),
      compare: fc.constantFrom('previous', 'year', 'next'),
      course: numbers,
      category: fc.constantFrom('7', 'F1', '', '0'),
    },
    summary: {
      from: fc.constantFrom('2023-12-01', DATE, '9999-12-31', '1970-01-01'),
      to: dates,
      group_by: fc.constantFrom('course', 'unit', 'directorate', 'day'),
      limit: numbers,
      category,
      sort: fc.constantFrom('name', 'total_views', 'courses', 'no figure'),
      order: fc.constantFrom('asc', 'desc'),
    },
    categories: { ...range, parent: category },
    courses: {
      ...range,
      category,
      q: anything,
      filter: fc.constantFrom('all', 'silent', 'new', 'falling', 'rising'),
      sort: fc.constantFrom('name', 'change', 'last_active', 'total_views', 'no figure'),
      order: fc.constantFrom('asc', 'desc'),
      limit: numbers,
      cursor: anything,
    },
    'courses/2': range,
  }).map(([path, query]) =>
    fc
      .record(query as unknown as Record<string, fc.Arbitrary<string>>, {
        requiredKeys: path === 'summary' ? ['from', 'to'] : [],
      })
      .map((query) => ({ method: 'GET', url: `${API}/${path}`, query: query as Record<string, string> })),
  ),
);
const method = fc.constantFrom('GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS');
const starts = fc
  .constantFrom('run_pipeline', 'run_activity_counts', 'run_user_counts', 'run_main_etl', 'run_backfill')
  .map((path) => ({ method: 'POST', url: `${API}/${path}`, query: {} }));
const target: fc.Arbitrary<Fuzzed['target']> = fc.oneof(
  likely,
  starts,
  fc.record({ method, url, query: fc.oneof(fc.constant<Record<string, string>>({}), query) }),
);

/** Few dates and no long backfill, so that thousands of requests do not start thousands of runs. */
const body = fc.oneof(
  {
    weight: 3,
    arbitrary: fc
      .record({ date: dates, force: fc.boolean() }, { requiredKeys: [] })
      .map((one) => JSON.stringify(one)),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({ from: fc.constant(DATE), to: fc.constantFrom(DATE, '2024-01-16') })
      .map((one) => JSON.stringify(one)),
  },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: anything },
);
const request = fc.record({
  target,
  body: fc.option(body, { freq: 2 }),
  token: fc.nat(),
  type: fc.constantFrom(
    'application/json',
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'application/xml',
    '',
  ),
  accept: fc.constantFrom(
    undefined,
    '*/*',
    'text/csv',
    'application/x-ndjson',
    'text/html',
    'image/png;q=0.1',
    ';;;',
  ),
  known: fc.constantFrom(undefined, '*', 'W/"x"', '"', ',,,'),
});

function injected({
  target: { method, url, query },
  body,
  token,
  type,
  accept,
  known,
}: Fuzzed): InjectOptions {
  const search = new URLSearchParams(query).toString();
  return {
    method: method as 'GET',
    url: search ? `${url}${url.includes('?') ? '&' : '?'}${search}` : url,
    headers: {
      authorization: `Bearer ${tokens[token % tokens.length]}`,
      ...(body !== null && type !== '' && { 'content-type': type }),
      ...(accept !== undefined && { accept }),
      ...(known !== undefined && { 'if-none-match': known }),
    },
    ...(body !== null && method !== 'GET' && method !== 'HEAD' && { payload: body }),
  };
}

interface Fuzzed {
  target: { method: string; url: string; query: Record<string, string> };
  body: string | null;
  token: number;
  type: string;
  accept: string | undefined;
  known: string | undefined;
}

it(`${REQUESTS} generated requests cause no server error, and every answer has the documented form`, async () => {
  const seen = new Map<number, number>();
  const requests: Fuzzed[] = fc.sample(request, REQUESTS);
  for (let done = 0; done < REQUESTS; done += AT_ONCE) {
    await Promise.all(
      requests.slice(done, done + AT_ONCE).map(async (one) => {
        const asked = injected(one);
        const answer = await gateway.app.inject(asked);
        const exchange = () => `${JSON.stringify(asked)} → ${answer.statusCode} ${answer.body.slice(0, 300)}`;
        seen.set(answer.statusCode, (seen.get(answer.statusCode) ?? 0) + 1);
        expect(answer.statusCode, exchange()).toBeLessThan(500);
        if (asked.method === 'HEAD' || !String(answer.headers['content-type']).includes('json')) return;
        if (answer.headers['content-type'] === 'application/x-ndjson; charset=utf-8') return;
        const body = answer.json();
        if (body.openapi || body.swagger) return;
        expect(typeof body.status, exchange()).toBe('boolean');
        expect(body.status, exchange()).toBe(answer.statusCode < 300);
        if (!body.status) expect(ERROR_CODES, exchange()).toContain(body.code);
      }),
    );
  }
  // The requests reach successes, too.
  for (const status of [200, 202, 400, 401, 403, 404, 409]) expect([...seen.keys()]).toContain(status);
  expect(seen.get(200)).toBeGreaterThan(1000);
});

it.each([
  ['no HTTP at all', 'hello\r\n\r\n', /not valid HTTP/],
  ['a header without a name', 'GET / HTTP/1.1\r\n: x\r\n\r\n', /not valid HTTP/],
  [
    'two lengths',
    `POST ${API}/run_pipeline HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n`,
    /not valid HTTP/,
  ],
  [
    'a length beside chunks',
    `POST ${API}/run_pipeline HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    /not valid HTTP/,
  ],
  [
    'headers of 100 kB',
    `GET / HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${'x'.repeat(100_000)}\r\n\r\n`,
    /too large/,
  ],
])('the gateway answers bytes that are not a valid request: %s', async (_, bytes, error) => {
  const { port } = new URL(address);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(bytes);
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  const body = JSON.parse(answer.split('\r\n\r\n')[1] ?? '');
  expect(body).toMatchObject({
    status: false,
    code: 'INVALID_REQUEST',
    error: expect.stringMatching(error),
    timestamp: expect.any(String),
  });
});
