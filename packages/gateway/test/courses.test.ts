import { addDays, datesBetween, VIEW_COLUMNS } from '@etl/core';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { placeCursor } from '../src/cursor.ts';
import { CATEGORIES, DATES, loadMonths, pathOf, range, roundedChange } from './generated-months.ts';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

let gateway: Gateway;
let viewer: string;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
  await loadMonths(gateway);
  viewer = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'F1' });
});

afterAll(() => gateway?.close());

type Query = Record<string, string | undefined>;

const ask = async (path: string, query: Query = {}, token = TOKEN) => {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const answer = await gateway.app.inject({
    url: `${API}/${path}?${new URLSearchParams(given)}`,
    headers: { authorization: `Bearer ${token}` },
  });
  return answer.json();
};

const VIEWS = [...VIEW_COLUMNS, 'total_views'] as const;
const SUMS = sql.join(VIEWS.map((views) => sql`COALESCE(SUM(${sql.ref(views)}), 0) AS ${sql.ref(views)}`));
interface Course {
  total_views: number;
  last_active: string | null;
  [figure: string]: number | string | null;
}

/** What restricts the rows: the categories that a reader can see, and that are asked for. */
const inCategories = (categories: number[] | null) =>
  categories === null ? sql`TRUE` : sql`category_id IN (${sql.join([...categories, -1])})`;

/** The figures of each course of Moodle by one statement over the daily rows. */
async function byStatement(
  from: string,
  to: string,
  categories: number[] | null,
): Promise<Map<number, Course>> {
  const own = sql`moodle_course_id > 0 AND extraction_date BETWEEN ${from} AND ${to} AND ${inCategories(categories)}`;
  // Whole numbers below: MySQL rounds the quotient of a quotient twice.
  const divisor = sql`(SELECT num_students FROM user_activity_etl AS newest
    WHERE newest.moodle_course_id = activity.moodle_course_id AND newest.extraction_date = MAX(activity.extraction_date))
    * SUM(active_days > 0)`;
  const { rows } = await sql<Record<string, string | number | null>>`
    SELECT moodle_course_id, ${SUMS}, SUM(active_days > 0) AS active_days,
      MAX(CASE WHEN active_days > 0 THEN extraction_date END) AS last_active,
      (SELECT num_students FROM user_activity_etl AS newest
        WHERE newest.moodle_course_id = activity.moodle_course_id AND newest.extraction_date = MAX(activity.extraction_date)
      ) AS num_students,
      ROUND((200 * SUM(total_views) + ${divisor}) DIV NULLIF(2 * ${divisor}, 0) / 100, 2) AS avg_activity_per_student_per_day
    FROM user_activity_etl AS activity WHERE ${own} GROUP BY moodle_course_id ORDER BY moodle_course_id`.execute(
    gateway.warehouse,
  );
  return new Map(
    rows.map(({ moodle_course_id, last_active, avg_activity_per_student_per_day: average, ...numbers }) => [
      Number(moodle_course_id),
      {
        ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])),
        total_views: Number(numbers.total_views),
        avg_activity_per_student_per_day: average === null ? null : Number(average),
        last_active: last_active as string | null,
      },
    ]),
  );
}

async function completedDates(from: string, to: string): Promise<string[]> {
  const { rows } = await sql<{ date: string }>`
    SELECT DISTINCT extraction_date AS date FROM log_scheduler WHERE batch_name = 'main_etl' AND status = 1
      AND extraction_date BETWEEN ${from} AND ${to} ORDER BY date`.execute(gateway.warehouse);
  return rows.map(({ date }) => date);
}

async function coursesOn(date: string | undefined, categories: number[] | null): Promise<number[]> {
  if (date === undefined) return [];
  const { rows } = await sql<{ id: number }>`SELECT moodle_course_id AS id FROM user_activity_etl
    WHERE extraction_date = ${date} AND ${inCategories(categories)}`.execute(gateway.warehouse);
  return rows.map(({ id }) => Number(id));
}

const ALL = [1, 2, 3, 4, 5, 6, 7];
const subtreeOf = (idnumber: string) => {
  const root = CATEGORIES.find((one) => one.idnumber === idnumber)?.id ?? -1;
  return ALL.filter((one) => pathOf(one).includes(root));
};

/** Short ranges, some of which hold the courses that are certain. See `generated-months.ts`. */
const EXAMPLES = ['all', 'silent', 'new', 'falling', 'rising'].flatMap((filter) =>
  Array.from({ length: 10 }, (_, at) => {
    const from = DATES[66 + at] ?? '';
    return [{ from, to: addDays(from, 2) }, filter, undefined, undefined, false] as never;
  }),
);

it('courses have the figures that a statement over the daily rows gives, under every filter', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      range,
      fc.constantFrom('all', 'silent', 'new', 'falling', 'rising'),
      fc.constantFrom(undefined, 'previous', 'year'),
      fc.constantFrom(undefined, 'F1', 'U3'),
      fc.boolean(),
      async ({ from, to }, filter, compare, category, isViewer) => {
        const scope = isViewer ? subtreeOf('F1') : null;
        const inside = category === undefined ? scope : subtreeOf(category);
        const query = { from, to, filter, compare, category, limit: '500' };
        const found = await ask('courses', query, isViewer ? viewer : TOKEN);
        const own = await byStatement(from, to, inside);
        const before = await byStatement(addDays(from, -28), addDays(from, -1), inside);
        const dates = datesBetween(from, to);
        const used = compare ?? (filter === 'falling' || filter === 'rising' ? 'previous' : undefined);
        const days = used === 'year' ? 364 : dates.length;
        const [cFrom, cTo] = [addDays(from, -days), addDays(to, -days)];
        const compared = used ? await byStatement(cFrom, cTo, inside) : undefined;
        const completed = new Set(await completedDates(from, to));
        const completedBefore = new Set(await completedDates(cFrom, cTo));
        const isComparable = dates.every(
          (date) => completed.has(date) === completedBefore.has(addDays(date, -days)),
        );
        const changeOf = (id: number) => {
          const base = compared?.get(id)?.total_views ?? 0;
          if (!compared || !isComparable || base === 0) return null;
          return roundedChange(own.get(id)?.total_views ?? 0, base);
        };
        const differenceOf = (id: number) => {
          const base = compared?.get(id)?.total_views;
          return !isComparable || base === undefined ? 0 : (own.get(id)?.total_views ?? 0) - base;
        };
        const there = await coursesOn([...completed].at(-1), inside);
        const passes: Record<string, (id: number) => boolean> = {
          all: () => true,
          silent: (id) =>
            there.includes(id) && (before.get(id)?.total_views ?? 0) > 0 && own.get(id)?.total_views === 0,
          new: (id) => !before.has(id),
          falling: (id) => differenceOf(id) < 0,
          rising: (id) => differenceOf(id) > 0,
        };
        const expected = [...own.keys()].filter((id) => passes[filter]?.(id));
        seen.set(filter, (seen.get(filter) ?? 0) + expected.length);
        const ids = found.data.map(({ moodle_course_id }: { moodle_course_id: number }) => moodle_course_id);
        expect(ids.toSorted((a: number, b: number) => a - b)).toEqual(expected);
        expect(found).toMatchObject({ count: expected.length, has_next: false, compare: used ?? null });
        for (const course of found.data) {
          const id = course.moodle_course_id;
          const figures = { ...own.get(id), change: changeOf(id) };
          if (filter === 'silent') figures.last_active ??= before.get(id)?.last_active;
          expect(course).toMatchObject(figures);
        }
      },
    ),
    { numRuns: 150, endOnFailure: true, examples: EXAMPLES },
  );
  // Every filter finds courses.
  for (const filter of ['all', 'silent', 'new', 'falling', 'rising']) {
    expect([filter, seen.get(filter)]).toEqual([filter, expect.any(Number)]);
    expect(seen.get(filter)).toBeGreaterThan(0);
  }
});

it('pages of courses in any order have each course once, and what has no figure comes last', async () => {
  await fc.assert(
    fc.asyncProperty(
      range,
      fc.constantFrom('name', 'change', 'last_active', 'total_views', 'num_students', 'active_days'),
      fc.constantFrom('asc', 'desc'),
      fc.integer({ min: 1, max: 5 }),
      async ({ from, to }, sort, order, limit) => {
        const query = { from, to, sort, order };
        const whole = await ask('courses', { ...query, limit: '500' });
        const paged: unknown[] = [];
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const page = await ask('courses', { ...query, limit: String(limit), cursor });
          expect(page.data.length).toBeLessThanOrEqual(limit);
          expect(page.count).toBe(whole.count);
          paged.push(...page.data);
          // A page that begins anew would have no end.
          expect(paged.length).toBeLessThanOrEqual(whole.count);
          cursor = page.next_cursor;
        }
        expect(paged).toEqual(whole.data);
        const field = sort === 'name' ? 'course_name' : sort;
        const keys = whole.data.map((one: Record<string, string | number | null>) => one[field]);
        const known = keys.filter((key: unknown) => key !== null);
        expect(keys.slice(0, known.length)).toEqual(known);
        // All names have the same letters, but for the capital of one word.
        const plain = (key: string | number) => (typeof key === 'string' ? key.toLowerCase() : key);
        for (const [index, key] of known.slice(1).entries()) {
          const [a, b] = order === 'asc' ? [known[index], key] : [key, known[index]];
          expect(plain(a) <= plain(b)).toBe(true);
        }
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
});

it('a text finds names, short names and idnumbers as it is written, in upper or lower case', async () => {
  const query = { from: '2024-01-20', to: '2024-02-20', limit: '500' };
  const all = (await ask('courses', query)).data;
  type Named = Record<'course_name' | 'course_shortname' | 'id_number', string>;
  for (const q of ['WINTER', 'n1', '%', '_1', 'c_', 'Course 3', "'", '\\', 'ourse  3', '0']) {
    const { data: found, count } = await ask('courses', { ...query, q });
    const expected = all.filter(({ course_name, course_shortname, id_number }: Named) =>
      [course_name, course_shortname, id_number].some((name) => name.toLowerCase().includes(q.toLowerCase())),
    );
    expect([q, found, count]).toEqual([q, expected, expected.length]);
  }
  expect((await ask('courses', { ...query, q: 'winter' })).count).toBeGreaterThan(3);
});

it.each([
  ['2024-02-01', '2024-02-18'],
  // Nothing was extracted of the first week.
  ['2024-01-20', '2024-01-31'],
])(
  'the weekly views of a course from %s to %s are those of the 12 weeks that end with the range',
  async (from, to) => {
    const { data } = await ask('courses', { from, to, limit: '500' }, viewer);
    expect(data.length).toBeGreaterThan(0);
    for (const { moodle_course_id, weekly } of data) {
      for (const [index, views] of weekly.entries()) {
        const end = addDays(to, -7 * (11 - index));
        const [start, completed] = [addDays(end, -6), await completedDates(addDays(end, -6), end)];
        const own = await byStatement(start, end, subtreeOf('F1'));
        expect(views).toBe(completed.length === 0 ? null : (own.get(moodle_course_id)?.total_views ?? 0));
      }
    }
  },
);

it.each([
  ['cursor=x', /^cursor: must be the next_cursor of an answer to the same query/],
  ['filter=loud', 'filter: must be one of all, silent, new, falling, rising'],
  ['sort=views', /^sort: must be one of name, change, last_active, num_students, /],
  ['limit=501', 'limit: must be a whole number from 1 to 500'],
  ['q=', 'q: must not be empty'],
  ['from=2020-01-01&to=2024-01-01', /^from: 2020-01-01 to 2024-01-01 are 1462 dates/],
])('a list of courses rejects %s', async (query, error) => {
  const found = await ask('courses', Object.fromEntries(new URLSearchParams(query)));
  expect(found).toMatchObject({ status: false, code: 'INVALID_REQUEST' });
  expect(found.error).toMatch(error);
});

it('an altered cursor, and one of another query, are rejected', async () => {
  const query = { from: '2024-01-01', to: '2024-01-31', limit: '2' };
  const cursor: string = (await ask('courses', query)).next_cursor;
  expect((await ask('courses', { ...query, cursor })).data).toHaveLength(2);
  const altered = Array.from(
    { length: cursor.length },
    (_, at) => cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1),
  );
  for (const wrong of [...altered, `${cursor}A`, `${cursor}=`, cursor.slice(1), '']) {
    expect(await ask('courses', { ...query, cursor: wrong })).toMatchObject({ code: 'INVALID_REQUEST' });
  }
  for (const other of [{ sort: 'name' }, { to: '2024-01-30' }, { q: 'course' }, { filter: 'new' }]) {
    expect(await ask('courses', { ...query, ...other, cursor })).toMatchObject({ code: 'INVALID_REQUEST' });
  }
});

it.each<[string, unknown]>([
  ['a number', 5],
  ['nothing', null],
  ['no key', { id: 2 }],
  ['an id that is no number', { key: 0, id: 'x' }],
  ['a key that is a list', { key: [], id: 2 }],
])('a cursor with the right digest whose place is %s is rejected', async (_what, place) => {
  const query = { from: '2024-01-01', to: '2024-01-31', limit: '2' };
  const cursor: string = (await ask('courses', query)).next_cursor;
  const own = listOf(query);
  // The digest is of the right list.
  const [, text = ''] = /^\S+ (.*)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  expect(placeCursor(JSON.parse(text), own)).toBe(cursor);
  const forged = placeCursor(place as never, own);
  expect(await ask('courses', { ...query, cursor: forged })).toMatchObject({ code: 'INVALID_REQUEST' });
});

/** The name of the list that a query without further fields asks for. */
function listOf({ from, to }: { from: string; to: string }): string {
  const fields = { filter: 'all', sort: 'total_views', order: 'desc' };
  return JSON.stringify([from, to, fields]);
}

it('a course has the figures of its daily rows, and null where it has none', async () => {
  await fc.assert(
    fc.asyncProperty(
      range,
      fc.integer({ min: 2, max: 12 }),
      fc.boolean(),
      async ({ from, to }, id, isViewer) => {
        const categories = isViewer ? subtreeOf('F1') : null;
        const found = await ask(
          `courses/${id}`,
          { from, to, compare: 'previous' },
          isViewer ? viewer : TOKEN,
        );
        const own = await byStatement(from, to, categories);
        const { rows } = await sql<Record<string, number | string>>`SELECT * FROM user_activity_etl
        WHERE moodle_course_id = ${id} AND ${inCategories(categories)} ORDER BY extraction_date`.execute(
          gateway.warehouse,
        );
        if (rows.length === 0) {
          expect(found).toMatchObject({
            code: 'NOT_FOUND',
            error: `There is no course ${id} that you can read`,
          });
          return;
        }
        const inRange = rows.filter(
          (row) => `${row.extraction_date}` >= from && `${row.extraction_date}` <= to,
        );
        const newest = inRange.at(-1) ?? rows.at(-1);
        const path = pathOf(Number(newest?.category_id));
        expect(found.data.category_path.map((one: { id: number }) => one.id)).toEqual(path);
        expect(found.data).toMatchObject({ course_name: newest?.course_name, moodle_course_id: id });
        const completed = new Set(await completedDates(from, to));
        const values = Object.fromEntries(
          Object.entries(found.data.totals).map(([name, one]) => [name, (one as { value: number }).value]),
        );
        const { last_active, ...figures } = own.get(id) ?? {
          last_active: null,
          total_views: 0,
          active_days: 0,
        };
        if (completed.size > 0) expect(values).toMatchObject(figures);
        expect(found.data.last_active).toBe(last_active);
        expect(found.data.days.map((day: { extraction_date: string }) => day.extraction_date)).toEqual(
          datesBetween(from, to),
        );
        for (const day of found.data.days) {
          const row = inRange.find((one) => one.extraction_date === day.extraction_date);
          expect(day.state).toBe(completed.has(day.extraction_date) ? 'final' : 'missing');
          for (const figure of [...VIEWS, 'num_students', 'num_teachers', 'active_days']) {
            expect(day[figure]).toBe(row ? Number(row[figure]) : null);
          }
        }
        const before = await byStatement(found.compared_from, found.compared_to, categories);
        expect(found.data.totals.total_views.compared ?? 0).toBe(before.get(id)?.total_views ?? 0);
      },
    ),
    { numRuns: 60, endOnFailure: true },
  );
});

it.each(['abc', '0', '-5', '1e3', '9'.repeat(19)])('the course %s is rejected', async (id) => {
  expect(await ask(`courses/${id}`)).toMatchObject({
    code: 'INVALID_REQUEST',
    error: 'moodle_course_id: must be the id of a course in Moodle: a whole number',
  });
});

it('courses default to the 28 dates that end at the newest final date', async () => {
  const [newest] = (await completedDates('2023-11-20', '2024-02-20')).toReversed();
  expect(await ask('courses')).toMatchObject({ from: addDays(newest ?? '', -27), to: newest });
});

it('silent and new courses are decided by the 28 days before the range, and no others', async () => {
  const used = (id: number) => ({ ...course(id), category_id: 1 });
  const unused = (id: number) => ({ ...used(id), file_views: 0, total_views: 0, active_days: 0 });
  await mergeRows(gateway, '2022-01-31', [used(51)]);
  await mergeRows(gateway, '2022-02-01', [used(50)]);
  await mergeRows(gateway, '2022-03-01', [unused(50), unused(51)]);
  const found = async (filter: string) => {
    const { data } = await ask('courses', { from: '2022-03-01', to: '2022-03-01', filter });
    return data.map(({ moodle_course_id }: { moodle_course_id: number }) => moodle_course_id);
  };
  expect(await found('silent')).toEqual([50]);
  expect(await found('new')).toEqual([51]);
});

it('courses fall and rise by their views, also where the change is rounded to 0 or has no base', async () => {
  const used = (id: number, views: number) => ({
    ...course(id),
    category_id: 1,
    file_views: views,
    total_views: views,
  });
  await mergeRows(gateway, '2022-07-01', [used(70, 30_001), used(71, 0), used(72, 5)]);
  await mergeRows(gateway, '2022-07-02', [used(70, 30_000), used(71, 500), used(72, 5), used(73, 9)]);
  const found = async (filter: string) => {
    const { data } = await ask('courses', { from: '2022-07-02', to: '2022-07-02', filter });
    return data.map(({ moodle_course_id, change }: never) => [moodle_course_id, change]);
  };
  expect(await found('falling')).toEqual([[70, 0]]);
  expect(await found('rising')).toEqual([[71, null]]);
  expect(await found('new')).toEqual([[73, null]]);
});

it('a course without rows in the range is named by its newest row of all, and has no figures if nothing was extracted', async () => {
  const named = (course_name: string) => ({ ...course(60), category_id: 1, course_name });
  await mergeRows(gateway, '2022-05-01', [named('Algebra')]);
  await mergeRows(gateway, '2022-05-02', [named('Linear algebra')]);
  await mergeRows(gateway, '2022-05-03', []);
  const views = async (date: string) => {
    const { data } = await ask('courses/60', { from: date, to: date });
    expect(data).toMatchObject({ course_name: 'Linear algebra', last_active: null });
    return data.totals.total_views.value;
  };
  expect(await views('2022-05-03')).toBe(0);
  expect(await views('2022-05-04')).toBeNull();
});
