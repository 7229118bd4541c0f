import { addDays, datesBetween } from '@etl/core';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { placeCursor } from '../src/cursor.ts';
import { byStatement, completedDates, coursesOn, subtreeOf } from './courses-by-statement.ts';
import { DATES, type Months, openMonths, range, roundedChange } from './generated-months.ts';
import { course, type Gateway, mergeRows, TOKEN } from './support.ts';

let months: Months;
let gateway: Gateway;

beforeAll(async () => {
  months = await openMonths();
  gateway = months.gateway;
});

afterAll(() => gateway?.close());

const ask: Months['ask'] = (...call) => months.ask(...call);

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
        const found = await ask('courses', query, isViewer ? months.viewer : TOKEN);
        const own = await byStatement(gateway, from, to, inside);
        const before = await byStatement(gateway, addDays(from, -28), addDays(from, -1), inside);
        const dates = datesBetween(from, to);
        const used = compare ?? (filter === 'falling' || filter === 'rising' ? 'previous' : undefined);
        const days = used === 'year' ? 364 : dates.length;
        const [cFrom, cTo] = [addDays(from, -days), addDays(to, -days)];
        const compared = used ? await byStatement(gateway, cFrom, cTo, inside) : undefined;
        const completed = new Set(await completedDates(gateway, from, to));
        const completedBefore = new Set(await completedDates(gateway, cFrom, cTo));
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
        const there = await coursesOn(gateway, [...completed].at(-1), inside);
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
    const { data } = await ask('courses', { from, to, limit: '500' }, months.viewer);
    expect(data.length).toBeGreaterThan(0);
    for (const { moodle_course_id, weekly } of data) {
      for (const [index, views] of weekly.entries()) {
        const end = addDays(to, -7 * (11 - index));
        const [start, completed] = [addDays(end, -6), await completedDates(gateway, addDays(end, -6), end)];
        const own = await byStatement(gateway, start, end, subtreeOf('F1'));
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

it('courses default to the 28 dates that end at the newest final date', async () => {
  const [newest] = (await completedDates(gateway, '2023-11-20', '2024-02-20')).toReversed();
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
