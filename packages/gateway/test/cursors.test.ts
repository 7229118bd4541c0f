import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';

const DATE = '2024-01-15';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
});

afterAll(() => gateway?.close());

const get = async (path: string) =>
  (await gateway.app.inject({ url: `${API}/${path}`, headers: { authorization: `Bearer ${TOKEN}` } })).json();

const courses = (ids: number[]) => ids.map((id) => course(id));
const upTo = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** Reads all pages by cursor. `between` runs between two pages. */
async function paged(
  path: string,
  between: (page: number) => Promise<void> = async () => {},
): Promise<number[]> {
  const ids: number[] = [];
  let cursor: string | null = null;
  for (let page = 0; ; page++) {
    const answer: {
      data: { moodle_course_id?: number; id: number }[];
      next_cursor: string | null;
      has_next: boolean;
    } = await get(path + (cursor ? `&cursor=${cursor}` : ''));
    ids.push(...answer.data.map((row) => row.moodle_course_id ?? row.id));
    expect(answer.has_next).toBe(answer.next_cursor !== null);
    if (answer.next_cursor === null) return ids;
    cursor = answer.next_cursor;
    await between(page);
  }
}

it.each([
  ['2024-02-01', 'export?date=2024-02-01&limit=10'],
  ['2024-02-02', 'results/2024-02-02?limit=10'],
])(
  'of %s, %s: cursor paging returns no row twice and skips no remaining row while the date is merged again',
  async (date, path) => {
    await mergeRows(gateway, date, courses(upTo(100, 150)));
    const before = await paged(path);
    expect(before).toEqual(upTo(100, 150));
    // After the first page the date is merged again: ten rows are gone, five are new.
    const staying = [...upTo(105, 150).filter((id) => id % 10 !== 3), ...upTo(2, 7)];
    const during = await paged(path, async (page) => {
      if (page === 0) await mergeRows(gateway, date, courses(staying));
    });
    expect(new Set(during).size).toBe(during.length);
    expect(new Set(during)).toEqual(new Set([...upTo(100, 110), ...staying]));
    // Paging by offset would skip rows here.
    expect(await paged(path)).toEqual(staying);
  },
);

it('a last page may be full, and says that no page follows', async () => {
  await mergeRows(gateway, DATE, courses(upTo(2, 12)));
  const first = await get(`export?date=${DATE}&limit=5`);
  expect(first).toMatchObject({ has_next: true, next_cursor: expect.any(String) });
  const last = await get(`export?date=${DATE}&limit=5&cursor=${first.next_cursor}`);
  expect(last).toMatchObject({ has_next: false, next_cursor: null });
  expect(last.data).toHaveLength(5);
  const answer = await gateway.app.inject({
    url: `${API}/export?date=${DATE}&limit=all&format=ndjson&cursor=${first.next_cursor}`,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  expect(
    answer.body
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual(last.data);
});

it.each([999, 1000, 1001, 2000, 2001])(
  'a page of %i rows is complete for every page size of the database',
  async (limit) => {
    await mergeRows(gateway, DATE, courses(upTo(2, 2003)));
    for (const path of [`export?date=${DATE}`, `results/${DATE}?offset=0`]) {
      const page = await get(`${path}&limit=${limit}`);
      expect(page.data.map((row: { moodle_course_id: number }) => row.moodle_course_id)).toEqual(
        upTo(2, 2 + limit),
      );
      expect(page.has_next).toBe(limit < 2001);
      expect(await paged(`${path}&limit=${limit}`)).toEqual(upTo(2, 2003));
    }
  },
);

it('every page of results has the number of all rows', async () => {
  await mergeRows(gateway, DATE, courses(upTo(2, 12)));
  expect(await get(`results/${DATE}?limit=3&offset=8`)).toMatchObject({
    count: 10,
    limit: 3,
    offset: 8,
    has_next: false,
  });
  expect(await get(`results/${DATE}`)).toMatchObject({
    count: 10,
    limit: null,
    has_next: false,
    next_cursor: null,
  });
});

it('scheduler_data is paged from the newest row on, even if rows are added', async () => {
  const all = (await get('scheduler_data?limit=1000')).data.map(({ id }: { id: number }) => id);
  const found = await paged('scheduler_data?limit=2', async () =>
    mergeRows(gateway, '2024-01-20', courses([2])),
  );
  expect(found).toEqual(all);
});

it.each([
  ['nonsense', 'export?cursor=nonsense', /must be the next_cursor of another answer about \d{4}-/],
  ['an empty one', 'export?cursor=', /must be the next_cursor/],
  ['one beside an offset', 'export?offset=1&cursor=MjAyNC0wMS0xNSA1', /takes the place of offset/],
  ['one twice', 'export?cursor=a&cursor=b', /^cursor:/],
  [
    'one of the scheduler',
    `results/${DATE}?cursor=${Buffer.from('scheduler_data 5').toString('base64url')}`,
    /about 2024-01-15/,
  ],
  [
    'one of a date',
    `scheduler_data?cursor=${Buffer.from('2024-01-15 5').toString('base64url')}`,
    /about scheduler_data/,
  ],
  [
    'one of another date',
    `export?date=2024-01-16&cursor=${Buffer.from('2024-01-15 5').toString('base64url')}`,
    /about 2024-01-16/,
  ],
  [
    'one with SQL in it',
    `results/${DATE}?cursor=${Buffer.from('2024-01-15 5 OR 1=1').toString('base64url')}`,
    /about 2024-01-15/,
  ],
])('a cursor that is %s is rejected', async (_, path, error) => {
  expect(await get(path)).toMatchObject({
    status: false,
    code: 'INVALID_REQUEST',
    error: expect.stringMatching(error),
  });
});
