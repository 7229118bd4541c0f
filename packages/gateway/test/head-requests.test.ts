import type { KyselyPlugin } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';

const DATE = '2024-01-15';
const FIRST_COURSE = 2;

/** More than the permits of heavy reads, and than the connections to the database. */
const REQUESTS = 12;

const headers = { authorization: `Bearer ${TOKEN}` };

let gateway: Gateway;
/** While it is set, every page of rows but the first of a stream waits for it. */
let gate: Promise<void> | undefined;

const holdLaterPages: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => {
    const [row] = result.rows as { total_views?: number; moodle_course_id?: number }[];
    if (row?.total_views !== undefined && row.moodle_course_id !== FIRST_COURSE) await gate;
    return result;
  },
};

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { plugins: [holdLaterPages] },
  );
  const rows = Array.from({ length: 5000 }, (_, index) => course(index + FIRST_COURSE));
  await mergeRows(gateway, DATE, rows);
});

afterAll(() => gateway?.close());

const send = (method: 'GET' | 'HEAD', path: string) =>
  gateway.app.inject({ method, url: `${API}/${path}`, headers });

/** The headers that describe the body. */
const ofBody = ({ headers: all }: Awaited<ReturnType<typeof send>>) =>
  ['content-type', 'content-disposition', 'cache-control', 'vary'].map((name) => all[name]);

it.each([
  `export?date=${DATE}&format=csv&limit=all`,
  `export?date=${DATE}&format=ndjson&limit=all`,
  `export?date=${DATE}&format=xlsx&limit=all`,
  `export?date=${DATE}&format=parquet&limit=1000`,
  `results/${DATE}`,
])('HEAD %s has the headers of its GET and keeps no permit and no connection', async (path) => {
  const read = await send('GET', path);
  const opened = Promise.withResolvers<void>();
  gate = opened.promise;
  try {
    for (let request = 0; request < REQUESTS; request++) {
      const head = await send('HEAD', path);
      expect([head.statusCode, head.body]).toEqual([200, '']);
      expect(ofBody(head)).toEqual(ofBody(read));
    }
  } finally {
    opened.resolve();
    gate = undefined;
  }
});

it('HEAD of the results of a date without a run answers 404', async () => {
  expect((await send('HEAD', 'results/2024-01-16')).statusCode).toBe(404);
});
