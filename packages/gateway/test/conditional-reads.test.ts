import { gunzipSync } from 'node:zlib';
import { replaceCourseCategories } from '@etl/warehouse';
import { type KyselyPlugin, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { openConcurrencyLimit } from '../src/concurrency-limit.ts';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

const DATE = '2024-01-15';
const CALLS = ['me', `days?from=${DATE}&to=${DATE}`, `series?from=${DATE}&to=${DATE}`];
const CATEGORY = { parent: 0, depth: 1, name: 'Arts' };

let gateway: Gateway;
let daysLater = 0;

/** Heavy reads that have a permit. */
let permits = 0;
/** For each ETag that was computed: the permits at that time. */
let tagsMade: number[] = [];
const limit = openConcurrencyLimit();
const heavyReads: typeof limit = {
  ...limit,
  run: (request, reply, read) =>
    limit.run(request, reply, async (signal) => {
      permits += 1;
      return read(signal).finally(() => {
        permits -= 1;
      });
    }),
};
const watchTags: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => {
    if (result.rows.length === 1 && 'version' in (result.rows[0] ?? {})) tagsMade.push(permits);
    return result;
  },
};

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    {
      env: { ...JWT_ENV, ETL_CORS_ORIGINS: 'https://board.example.edu' },
      now: () => new Date(Date.now() + daysLater * 86_400_000),
      plugins: [watchTags],
      options: { heavyReads },
    },
  );
});

beforeEach(async () => {
  daysLater = 0;
  await gateway.warehouse.deleteFrom('etl_settings').execute();
  await putCategories('F7', 'F8');
  await mergeRows(gateway, DATE, [course(2)]);
});

afterAll(() => gateway?.close());

function putCategories(seven: string, eight: string): Promise<void> {
  return gateway.warehouse.transaction().execute((trx) =>
    replaceCourseCategories(trx, [
      { ...CATEGORY, id: 7, path: '/7', idnumber: seven },
      { ...CATEGORY, id: 8, path: '/8', idnumber: eight },
    ]),
  );
}

function get(path: string, headers: Record<string, string> = {}, token = TOKEN) {
  return gateway.app.inject({
    url: `${API}/${path}`,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
}

const tagOf = async (path: string, token = TOKEN) => String((await get(path, {}, token)).headers.etag);
const statusWith = async (path: string, tag: string, token = TOKEN) =>
  (await get(path, { 'if-none-match': tag }, token)).statusCode;

describe.each(CALLS)('%s', (path) => {
  it('a caller that has the answer gets 304 without a body', async () => {
    const first = await get(path);
    expect(first.statusCode).toBe(200);
    expect(first.headers).toMatchObject({
      etag: expect.stringMatching(/^W\/"[\w-]{43}"$/),
      'cache-control': 'private, no-cache',
      vary: expect.stringMatching(/Authorization, Cookie$/),
    });
    const second = await get(path, { 'if-none-match': String(first.headers.etag) });
    expect([second.statusCode, second.body]).toEqual([304, '']);
    for (const header of ['etag', 'cache-control', 'vary']) {
      expect(second.headers[header]).toBe(first.headers[header]);
    }
  });

  it('a new merge, another tree and other settings each give a new ETag', async () => {
    let tag = await tagOf(path);
    const changes = [
      () => mergeRows(gateway, DATE, [course(2), course(3)]),
      () => putCategories('F7', 'F9'),
      () => sql`UPDATE course_categories_etl SET name = 'Fine arts' WHERE id = 7`,
      () => sql`UPDATE course_categories_etl SET path = '/7/8' WHERE id = 8`,
      () => sql`INSERT INTO etl_settings (id, time_zone, updated_by) VALUES (1, 'UTC', 'a')`,
      () => sql`UPDATE etl_settings SET student_role_ids = '5'`,
      () => sql`UPDATE etl_settings SET teacher_role_ids = '3'`,
      () => sql`UPDATE log_scheduler SET status = 3 WHERE extraction_date = ${DATE}`,
      () => sql`UPDATE log_scheduler SET failure_code = 'SOURCE_PURGED' WHERE extraction_date = ${DATE}`,
      () => sql`DELETE FROM log_scheduler ORDER BY id LIMIT 1`,
    ];
    for (const change of changes) {
      const done = await change();
      if (done && 'execute' in done) await done.execute(gateway.warehouse);
      expect(await statusWith(path, tag)).toBe(200);
      tag = await tagOf(path);
      expect(await statusWith(path, tag)).toBe(304);
    }
  });
});

it('a row that is older than others and commits after them gives a new ETag', async () => {
  const path = CALLS[2] as string;
  const tag = await tagOf(path);
  await sql`INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date,
      trigger_type, requested_by, details, finished_at, created_at, updated_at)
    VALUES ('older', 'older', 'main_etl', '2024-01-14', 1, 1, '2024-01-14', '2024-01-14', 'api', 'test',
      '{"time_zone":"UTC"}', '2024-01-15 00:00:00', '2024-01-15 00:00:00', '2024-01-15 00:00:00')`.execute(
    gateway.warehouse,
  );
  expect(await statusWith(path, tag)).toBe(200);
});

it('an answer of yesterday is read anew: a date in the future can be missing by now', async () => {
  const path = CALLS[1] as string;
  const tag = await tagOf(path);
  daysLater = 1;
  expect(await statusWith(path, tag)).toBe(200);
});

it('the progress of a running batch does not change an ETag', async () => {
  const path = CALLS[1] as string;
  const tag = await tagOf(path);
  await sql`UPDATE log_scheduler SET \`offset\` = \`offset\` + 1, updated_at = NOW() + INTERVAL 1 SECOND`.execute(
    gateway.warehouse,
  );
  expect(await statusWith(path, tag)).toBe(304);
});

it('lists, strong forms and * of If-None-Match count as HTTP says', async () => {
  const path = CALLS[1] as string;
  const tag = await tagOf(path);
  expect(await statusWith(path, `"other", ${tag}, W/"another"`)).toBe(304);
  expect(await statusWith(path, tag.replace('W/', ''))).toBe(304);
  expect(await statusWith(path, '*')).toBe(304);
  for (const wrong of ['"other"', '""', 'W/', tag.slice(0, -2), '\u00e9', '***']) {
    expect(await statusWith(path, wrong)).toBe(200);
  }
});

it('HEAD gives the ETag of GET, and 304 to a caller that has it', async () => {
  const url = `${API}/${CALLS[1]}`;
  const headers = { authorization: `Bearer ${TOKEN}` };
  const head = await gateway.app.inject({ method: 'HEAD', url, headers });
  expect([head.statusCode, head.headers.etag]).toEqual([200, await tagOf(String(CALLS[1]))]);
  const known = { ...headers, 'if-none-match': String(head.headers.etag) };
  expect((await gateway.app.inject({ method: 'HEAD', url, headers: known })).statusCode).toBe(304);
});

it('an ETag is computed once a request, with a permit of heavy reads, whether it matches or not', async () => {
  const path = CALLS[1] as string;
  const tag = await tagOf(path);
  for (const known of [tag, '"other"', '*']) {
    tagsMade = [];
    await get(path, { 'if-none-match': known });
    expect(tagsMade).toEqual([1]);
  }
});

it('no two callers have the same ETag, and none gets 304 for that of another', async () => {
  const tokens = [
    TOKEN,
    `${TOKEN}-2`,
    await signed({ username: 'a', directorate: 'F7' }),
    await signed({ username: 'b', directorate: 'F7' }),
    await signed({ username: 'a', directorate: 'F8' }),
  ];
  for (const path of CALLS) {
    const tags = await Promise.all(tokens.map((token) => tagOf(path, token)));
    expect(new Set(tags).size).toBe(tokens.length);
    for (const token of tokens.slice(1)) expect(await statusWith(path, String(tags[0]), token)).toBe(200);
  }
});

it('errors have no ETag and are not stored, also with *', async () => {
  for (const path of ['series?course=999', 'series?from=x', 'days?to=2024-13-01']) {
    const answer = await get(path, { 'if-none-match': '*' });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(answer.headers.etag).toBeUndefined();
  }
});

it('a page of another origin may read the ETag', async () => {
  const answer = await get('me', { origin: 'https://board.example.edu' });
  expect(answer.headers['access-control-expose-headers']).toContain('etag');
  expect(answer.headers.vary).toBe('Origin, Authorization, Cookie');
});

it('an answer of figures is compressed for a caller that accepts gzip', async () => {
  const path = 'days?from=2024-01-01&to=2024-01-31';
  const plain = await get(path);
  const packed = await get(path, { 'accept-encoding': 'gzip, br' });
  expect(plain.headers['content-encoding']).toBeUndefined();
  expect(packed.headers).toMatchObject({
    'content-encoding': 'gzip',
    etag: plain.headers.etag,
    vary: expect.stringContaining('accept-encoding'),
  });
  expect(packed.headers.vary).toContain('Cookie');
  expect(JSON.parse(gunzipSync(packed.rawPayload).toString()).data).toEqual(plain.json().data);
});

it('a request that says that it is compressed is answered like any other', async () => {
  for (const encoding of ['gzip', 'unknown']) {
    const { statusCode, json } = await get(CALLS[0] ?? '', { 'content-encoding': encoding });
    expect([statusCode, json().status]).toEqual([200, true]);
  }
});

it('HEAD and 304 have no body for a caller that accepts gzip', async () => {
  const path = 'days?from=2024-01-01&to=2024-01-31';
  const headers = { authorization: `Bearer ${TOKEN}`, 'accept-encoding': 'gzip' };
  const head = await gateway.app.inject({ method: 'HEAD', url: `${API}/${path}`, headers });
  expect([head.statusCode, head.body]).toEqual([200, '']);
  const same = await get(path, { 'accept-encoding': 'gzip', 'if-none-match': String(head.headers.etag) });
  expect([same.statusCode, same.body, same.headers['content-encoding']]).toEqual([304, '', undefined]);
});
