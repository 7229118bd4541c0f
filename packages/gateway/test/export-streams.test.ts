import { once } from 'node:events';
import { connect } from 'node:net';
import { parse } from 'csv-parse/sync';
import { type KyselyPlugin, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';

const DATE = '2024-01-15';
const LONG = '2024-01-16';
const HUGE = '2024-01-17';

const headers = { authorization: `Bearer ${TOKEN}` };

let gateway: Gateway;
let address: string;
/** Runs after the next page is read. */
let afterPage: (() => Promise<void>) | undefined;

const actAfterPage: KyselyPlugin = {
  transformQuery: ({ node }) => node,
  transformResult: async ({ result }) => {
    const act = afterPage;
    if (act && result.rows.some((row) => 'total_views' in row)) {
      afterPage = undefined;
      await act();
    }
    return result;
  },
};

/** Names with quotes, separators and line ends. */
const NAMES = ['Logic', 'A "quoted", one', 'two\nlines', 'Ünïcode 漢字 😀', ' spaces ', "O'Brien; \\"];
/** Names that a spreadsheet would calculate, and their text in the CSV. */
const FORMULAS = {
  '=1+1': "'=1+1",
  '+1': "'+1",
  '-1': "'-1",
  '@SUM(A1)': "'@SUM(A1)",
  '=HYPERLINK("http://example.org","x")': `'=HYPERLINK("http://example.org","x")`,
  '\t=1': "\t'=1",
  '\r=1': "\r'=1",
  '\n=1': "\n'=1",
  '＝1': "'＝1",
  "Algebra;=cmd|' /C calc'!A0": "Algebra;'=cmd|' /C calc'!A0",
};

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { plugins: [actAfterPage] },
  );
  address = await gateway.app.listen({ port: 0, host: '127.0.0.1' });
  const named = [...NAMES, ...Object.keys(FORMULAS)].map((name, index) => ({
    ...course(index + 2),
    course_name: name,
  }));
  await mergeRows(gateway, DATE, [
    ...named,
    { ...course(100), num_students: 0, avg_activity_per_student_per_day: null },
  ]);
  await mergeRows(
    gateway,
    LONG,
    Array.from({ length: 2500 }, (_, index) => course(index + 2)),
  );
  await mergeRows(
    gateway,
    HUGE,
    Array.from({ length: 40_000 }, (_, index) => course(index + 2)),
  );
});

afterAll(() => gateway?.close());

const get = (query: string) => gateway.app.inject({ method: 'GET', url: `${API}/export?${query}`, headers });
const json = async (query: string) => (await get(query)).json();

describe('export as CSV', () => {
  it('export as CSV has the rows and fields of the JSON: numbers, texts and nulls', async () => {
    const answer = await get(`date=${DATE}&format=csv&limit=all`);
    expect(answer.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(answer.headers['content-disposition']).toBe(`attachment; filename="user_activity_${DATE}.csv"`);
    expect(answer.rawPayload.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
    const rows: Record<string, string>[] = parse(answer.body, { columns: true, bom: true });
    const { data } = await json(`date=${DATE}`);
    const asText = (row: object) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [name, value === null ? '' : String(value)]),
      );
    const expected = data.map((row: { course_name: keyof typeof FORMULAS }) =>
      asText({ ...row, course_name: FORMULAS[row.course_name] ?? row.course_name }),
    );
    expect(rows).toEqual(expected);
    expect(rows.map(({ course_name }) => course_name)).toEqual(
      expect.arrayContaining(Object.values(FORMULAS)),
    );
  });

  it('contains all rows once, or the requested number', async () => {
    const ids = async (query: string) => {
      const { body } = await get(`date=${LONG}&format=csv&${query}`);
      const rows: Record<string, string>[] = parse(body, { columns: true, bom: true });
      return rows.map(({ moodle_course_id }) => Number(moodle_course_id) - 2);
    };
    const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);
    expect(await ids('limit=all')).toEqual(upTo(0, 2500));
    expect(await ids('limit=1500&offset=700')).toEqual(upTo(700, 2200));
    expect(await ids('limit=all&offset=2400')).toEqual(upTo(2400, 2500));
    expect(await ids('')).toEqual(upTo(0, 1000));
    expect(await ids('limit=all&offset=2500')).toEqual([]);
  });

  it('export as CSV is of one moment, even if the date is merged again while it is written', async () => {
    afterPage = () => mergeRows(gateway, LONG, [{ ...course(2), course_name: 'New' }, course(2400)]);
    const { body } = await get(`date=${LONG}&format=csv&limit=all`);
    expect(afterPage).toBeUndefined();
    const rows: Record<string, string>[] = parse(body, { columns: true, bom: true });
    expect(rows).toHaveLength(2500);
    expect(new Set(rows.map(({ course_name }) => course_name))).toEqual(new Set(['Logic']));
    expect(await json(`date=${LONG}`)).toMatchObject({
      data: [{ course_name: 'New' }, { course_name: 'Logic' }],
    });
  });
});

it('export as NDJSON has a row of the JSON on each line', async () => {
  const answer = await get(`date=${DATE}&format=ndjson`);
  expect(answer.headers['content-type']).toBe('application/x-ndjson; charset=utf-8');
  const lines = answer.body.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual((await json(`date=${DATE}`)).data);
});

it('export as JSON shows a new merge at once, even if the page was kept', async () => {
  const date = '2024-01-20';
  const views = async () =>
    (await json(`date=${date}`)).data.map((row: { total_views: number }) => row.total_views);
  for (const total of [1, 2, 3]) {
    await mergeRows(gateway, date, [{ ...course(2), total_views: total }]);
    expect(await Promise.all([views(), views(), views()])).toEqual([[total], [total], [total]]);
    expect(await views()).toEqual([total]);
  }
});

it('export as JSON returns the requested page, not another page of the date', async () => {
  const ids = async (query: string) =>
    (await json(`date=${HUGE}&${query}`)).data.map(
      (row: { moodle_course_id: number }) => row.moodle_course_id,
    );
  expect(await ids('limit=2')).toEqual([2, 3]);
  expect(await ids('limit=3')).toEqual([2, 3, 4]);
  expect(await ids('limit=3&offset=1')).toEqual([3, 4, 5]);
  expect(await ids('limit=2')).toEqual([2, 3]);
});

it.each([
  ['limit=all', 'limit'],
  ['format=csv&limit=0', 'limit'],
  ['format=csv&limit=10001', 'limit'],
  ['format=csv&limit=ALL', 'limit'],
  ['format=csv&offset=-1', 'offset'],
  ['format=xml', 'format'],
  ['format=csv&date=2024-02-30', 'error'],
])('an export rejects %s', async (query, field) => {
  const answer = await get(query);
  expect(answer.statusCode).toBe(400);
  const body = answer.json();
  expect(body).toMatchObject({ status: false, code: 'INVALID_REQUEST' });
  expect({ ...body.details, error: body.error }).toHaveProperty(field);
});

describe('failed exports', () => {
  const lost = () => Promise.reject(new Error('lost'));

  it('an export gets an error answer if its first part fails', async () => {
    for (const format of ['csv', 'ndjson', 'xlsx', 'parquet']) {
      afterPage = lost;
      const answer = await get(`date=${LONG}&format=${format}&limit=all`);
      expect(answer.statusCode).toBe(500);
      expect(answer.json()).toMatchObject({ status: false, code: 'INTERNAL_ERROR' });
      expect(answer.headers['content-disposition']).toBeUndefined();
    }
  });

  /** Ends the connections of the gateway, as a server that stops does. */
  async function loseDatabase(): Promise<void> {
    const { rows } = await sql<{ id: number }>`SELECT id FROM information_schema.processlist
      WHERE db = DATABASE() AND id <> CONNECTION_ID()`.execute(gateway.warehouse);
    for (const { id } of rows) await sql`KILL ${sql.lit(id)}`.execute(gateway.warehouse);
  }

  it.each(
    ['csv', 'ndjson', 'xlsx', 'parquet'].flatMap((format) => [
      [format, '1.0', 'a page fails', lost] as const,
      [format, '1.1', 'the database goes away', loseDatabase] as const,
    ]),
  )('an export as %s over HTTP/%s resets the connection if %s', async (format, version, _, lose) => {
    // The first group of rows of a Parquet file has five pages.
    let pages = 0;
    const loseTheTenth = async () => {
      pages += 1;
      afterPage = pages < 9 ? loseTheTenth : lose;
    };
    afterPage = loseTheTenth;
    const { port } = new URL(address);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `GET ${API}/export?date=${HUGE}&format=${format}&limit=all HTTP/${version}\r\nHost: gateway\r\n` +
        `Authorization: Bearer ${TOKEN}\r\n\r\n`,
    );
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    const [error] = await once(socket, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });
});

it.each(['ndjson', 'xlsx', 'parquet'])(
  'an export as %s frees its database connection when its reader hangs up',
  async (format) => {
    const url = `${address}${API}/export?date=${HUGE}&format=${format}&limit=all`;
    // More readers than connections to the database.
    for (let reader = 0; reader < 12; reader++) {
      const gone = new AbortController();
      const { body } = await fetch(url, { headers, signal: gone.signal });
      await body?.getReader().read();
      gone.abort();
    }
    expect((await json(`date=${DATE}`)).data).toHaveLength(NAMES.length + Object.keys(FORMULAS).length + 1);
  },
);
