import { isDeepStrictEqual } from 'node:util';
import { addDays, datesBetween, perViewKind } from '@etl/core';
import { buildRollUps, METRICS, replaceCourseCategories } from '@etl/warehouse';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

const FIRST = '2023-01-20';
const LAST = '2023-04-10';
const DATES = datesBetween(FIRST, LAST);
/** By their ids: the idnumber, and the ids of the categories below. A row can name category 9, which is gone. */
const SUBTREES: Record<string, number[]> = { F1: [1, 3, 4, 5], F2: [2, 6], U3: [3, 5], U4: [4], U5: [5] };
const PARENTS = [0, 0, 1, 1, 3, 2];

let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
  await gateway.warehouse.transaction().execute((trx) =>
    replaceCourseCategories(
      trx,
      PARENTS.map((parent, index) => {
        const id = index + 1;
        const path = id === 5 ? '/1/3/5' : parent === 0 ? `/${id}` : `/${parent}/${id}`;
        const idnumber = `${parent === 0 ? 'F' : 'U'}${id}`;
        return { id, parent, idnumber, depth: path.split('/').length - 1, path, name: `Category ${id}` };
      }),
    ),
  );
  const [days] = fc.sample(fc.array(day, { minLength: DATES.length, maxLength: DATES.length }), 1);
  for (const [index, { isMissing, provisional, rows }] of (days ?? []).entries()) {
    // The first four weeks have no gap, so that they can be compared.
    if (isMissing && index >= 28) continue;
    await mergeRows(gateway, DATES[index] ?? '', rows, { ...(provisional && { provisional }) });
    // Some answers are read from roll-ups, some from daily rows.
    if (index === 60) await buildRollUps(gateway.warehouse);
  }
});

afterAll(() => gateway?.close());

/** A day's rows: a course can have none, and moves between categories. */
const day = fc.record({
  isMissing: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  provisional: fc.nat(9).map((one) => one === 0),
  rows: fc
    .array(
      fc.option(
        fc.record({
          category: fc.constantFrom(1, 2, 3, 4, 5, 6, 9),
          kinds: fc.array(fc.nat(9), { minLength: 6, maxLength: 6 }),
          students: fc.nat(30),
          teachers: fc.nat(3),
        }),
        { freq: 3 },
      ),
      { minLength: 8, maxLength: 8 },
    )
    .map((all) =>
      all.flatMap((one, index) => {
        if (!one) return [];
        const views = perViewKind((_, kind) => one.kinds[kind] ?? 0);
        const total = Object.values(views).reduce((sum, number) => sum + number, 0);
        return {
          ...course(index + 2),
          category_id: one.category,
          ...views,
          total_views: total,
          num_students: one.students,
          num_teachers: one.teachers,
          active_days: total > 40 ? 1 : 0,
        };
      }),
    ),
});

type Filter = { categories: number[] | null; course: number | null };

/** A figure of some dates by one statement over the daily rows, of which nothing is shared with the system. */
async function byStatement(metric: string, from: string, to: string, { categories, course }: Filter) {
  const own = sql`extraction_date BETWEEN ${from} AND ${to}
    AND ${categories === null ? sql`TRUE` : sql`category_id IN (${sql.join([...categories, -1])})`}
    AND ${course === null ? sql`TRUE` : sql`moodle_course_id = ${course}`}`;
  const newest = (column: string) => sql`(SELECT SUM(${sql.ref(column)}) FROM (
    SELECT ${sql.ref(column)}, ROW_NUMBER() OVER (PARTITION BY moodle_course_id ORDER BY extraction_date DESC) AS place
    FROM user_activity_etl WHERE ${own}) AS ranked WHERE place = 1)`;
  const days = sql`(SELECT COUNT(DISTINCT extraction_date) FROM user_activity_etl WHERE ${own} AND active_days > 0)`;
  const sum = (column: string) => sql`(SELECT SUM(${sql.ref(column)}) FROM user_activity_etl WHERE ${own})`;
  const value =
    metric === 'courses'
      ? sql`(SELECT COUNT(*) FROM user_activity_etl WHERE ${own})`
      : metric === 'active_days'
        ? days
        : metric.startsWith('num_')
          ? newest(metric)
          : metric.startsWith('avg_')
            ? // Whole numbers: MySQL rounds the quotient of a quotient twice.
              sql`ROUND((200 * ${sum('total_views')} + ${newest('num_students')} * ${days})
                DIV NULLIF(2 * ${newest('num_students')} * ${days}, 0) / 100, 2)`
            : sum(metric);
  const { rows } = await sql<{ value: string | null; extracted: number; first: string }>`
    SELECT ${value} AS value, (SELECT COUNT(*) FROM log_scheduler WHERE batch_name = 'main_etl' AND status = 1
      AND extraction_date BETWEEN ${from} AND ${to}) AS extracted`.execute(gateway.warehouse);
  const [found] = rows;
  if (Number(found?.extracted) === 0) return null;
  const isAverage = metric.startsWith('avg_');
  return found?.value == null ? (isAverage ? null : 0) : Number(found.value);
}

async function extractedDates(from: string, to: string): Promise<Set<string>> {
  const { rows } = await sql<{ date: string }>`
    SELECT DISTINCT extraction_date AS date FROM log_scheduler WHERE batch_name = 'main_etl' AND status = 1
      AND extraction_date BETWEEN ${from} AND ${to}`.execute(gateway.warehouse);
  return new Set(rows.map(({ date }) => date));
}

/** A change in whole numbers: binary fractions lose halves. */
function ratio(value: number, other: number): number {
  const [own, divisor] = [Math.round(value * 100), Math.round(other * 100)];
  const places = Math.floor((20_000 * Math.abs(own - divisor) + divisor) / (2 * divisor));
  return (Math.sign(own - divisor) * places) / 10_000 + 0;
}

async function series(token: string, query: Record<string, string | undefined>) {
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const answer = await gateway.app.inject({
    url: `${API}/series?${new URLSearchParams(given)}`,
    headers: { authorization: `Bearer ${token}` },
  });
  return { status: answer.statusCode, ...answer.json() };
}

const request = fc.record({
  start: fc.nat(DATES.length - 1),
  length: fc.oneof(fc.nat(6), fc.nat(50)),
  metric: fc.constantFrom(...METRICS),
  interval: fc.constantFrom('day', 'week', 'month'),
  compare: fc.constantFrom(undefined, 'previous', 'year'),
  reader: fc.constantFrom(undefined, { directorate: 'F1' }, { directorate: 'F2' }, { unit: 'U3' }),
  category: fc.option(fc.constantFrom(...Object.keys(SUBTREES)), { nil: undefined }),
  course: fc.option(fc.integer({ min: 2, max: 9 }), { nil: undefined }),
});

it('each point and each total equals a statement over the daily rows, for every scope, category and course', async () => {
  let values = 0;
  await fc.assert(
    fc.asyncProperty(request, async ({ start, length, reader, category, course, ...query }) => {
      const from = DATES[start] ?? FIRST;
      const to = addDays(from, length);
      const token = reader ? await signed({ username: 'viewer', ...reader }) : TOKEN;
      const own = reader && SUBTREES[reader.unit ?? reader.directorate ?? ''];
      const asked = category === undefined ? undefined : SUBTREES[category];
      const within = asked?.filter((id) => own?.includes(id) ?? true) ?? own ?? null;
      const filter = { categories: within, course: course ?? null };
      const found = await series(token, { ...query, from, to, category, course: course?.toString() });
      const rootOf = category === undefined ? undefined : Number(category.slice(1));
      if (rootOf !== undefined && own && !own.includes(rootOf)) {
        expect(found.error).toMatch(/^category: .* is no category that you can read/);
        return;
      }
      if (found.status === false) {
        // A course without a row that the reader can see.
        expect(found.error).toMatch(/^course: /);
        expect(await byStatement('courses', FIRST, LAST, filter)).toBe(0);
        return;
      }
      const { points, compared, totals, missing_dates, compared_missing_dates } = found.data;
      expect(points[0].from).toBe(from);
      expect(points.at(-1).to).toBe(to);
      // A course that no merge counted has no figures. That is not 0.
      const figure = async (metric: (typeof METRICS)[number], first: string, last: string) => {
        const isLeftOut = course !== undefined && (await byStatement('courses', first, last, filter)) === 0;
        return isLeftOut ? null : byStatement(metric, first, last, filter);
      };
      for (const point of [...points, ...(compared ?? [])]) {
        expect(point.value).toEqual(await figure(query.metric, point.from, point.to));
        values += point.value > 0 ? 1 : 0;
      }
      const [first, last] = [compared?.[0].from, compared?.at(-1).to];
      const gaps = async (first: string, last: string) => {
        const extracted = await extractedDates(first, last);
        return datesBetween(first, last).filter((date) => !extracted.has(date));
      };
      expect(missing_dates).toEqual(await gaps(from, to));
      expect(compared_missing_dates).toEqual(compared ? await gaps(first, last) : []);
      const places = (gaps: string[], first: string) =>
        gaps.map((gap) => Date.parse(gap) - Date.parse(first));
      const hasSameGaps =
        compared && isDeepStrictEqual(places(missing_dates, from), places(compared_missing_dates, first));
      const ofCalendar = query.interval === 'month' && query.compare === 'year';
      for (const metric of METRICS) {
        const { value, compared: other, change } = totals[metric];
        const canChange = hasSameGaps && value !== null && other !== null && other !== 0;
        // Of calendar months, 29 February has no counterpart: compare.unit.test.ts.
        if (!ofCalendar) expect(change).toEqual(canChange ? ratio(value, other) : null);
        expect(totals[metric].value).toEqual(await figure(metric, from, to));
        expect(totals[metric].compared).toEqual(compared ? await figure(metric, first, last) : null);
      }
    }),
    { numRuns: 120 },
  );
  expect(values).toBeGreaterThan(10);
});

it('a range is compared with the range before unless other dates are missing', async () => {
  const range = { from: DATES[14], to: DATES[27], compare: 'previous' };
  const { data } = await series(TOKEN, range);
  const { value, compared, change } = data.totals.total_views;
  expect(compared).toBe(
    await byStatement('total_views', FIRST, DATES[13] ?? '', { categories: null, course: null }),
  );
  expect(change).toBe(ratio(value, compared));
  // All dates of the year before are missing.
  const { totals } = (await series(TOKEN, { ...range, compare: 'year' })).data;
  expect(totals.total_views).toEqual({ value, compared: null, change: null });
});

it('each point equals the summary of its dates', async () => {
  const range = { from: FIRST, to: LAST, interval: 'week' };
  for (const metric of METRICS) {
    const { data } = await series(TOKEN, { ...range, metric });
    for (const { from, to, value, state } of data.points) {
      if (state === 'missing') {
        expect(value).toBeNull();
        continue;
      }
      const answer = await gateway.app.inject({
        url: `${API}/summary?from=${from}&to=${to}&group_by=directorate`,
        headers: { authorization: `Bearer ${TOKEN}` },
      });
      expect(answer.json().totals[metric]).toBe(value);
    }
  }
});

it('an interval says what is missing of it, and whether the range cuts it off', async () => {
  const extracted = await extractedDates(FIRST, LAST);
  const { data } = await series(TOKEN, { from: FIRST, to: LAST, interval: 'month' });
  expect(data.points.map(({ partial }: { partial: boolean }) => partial)).toEqual([true, false, false, true]);
  const weeks = (await series(TOKEN, { from: FIRST, to: LAST, interval: 'week' })).data.points;
  for (const { from, to, state } of weeks) {
    const dates = datesBetween(from, to);
    const count = dates.filter((date) => extracted.has(date)).length;
    if (count === 0) expect(state).toBe('missing');
    else if (count < dates.length) expect(state).toBe('incomplete');
    else expect(['final', 'provisional']).toContain(state);
  }
  const future = await series(TOKEN, { from: '2090-01-01', to: '2090-01-03' });
  expect(future.data.points.map(({ value, state }: never) => [value, state])).toEqual(
    Array.from({ length: 3 }, () => [null, 'future']),
  );
});

it.each([
  ['metric=total_view', 'metric: must be one of .*Did you mean total_views\\?'],
  ['interval=year', 'interval: must be one of day, week, month'],
  ['compare=before', 'compare: must be one of previous, year'],
  ['course=999', 'course: "999" is no course that you can read'],
  ['course=-5', 'course: "-5" is no course that you can read'],
  ['category=9', 'category: "9" is no category that you can read'],
  ['from=2024-02-30', 'from: "2024-02-30" is not a date in the form YYYY-MM-DD'],
  ['from=2024-01-02&to=2024-01-01', 'from: 2024-01-02 is after 2024-01-01'],
  ['from=2090-01-01', 'from: 2090-01-01 is after .* \\(the newest final date, since there is no to\\)'],
  [
    'from=2020-01-01&to=2023-01-05',
    'from: 2020-01-01 to 2023-01-05 are 1101 dates; a call reads 1100 at most',
  ],
])('the gateway rejects series?%s with what is allowed', async (query, error) => {
  const found = await series(TOKEN, Object.fromEntries(new URLSearchParams(query)));
  expect(found).toMatchObject({ status: false, code: 'INVALID_REQUEST' });
  expect(found.error).toMatch(new RegExp(`^${error}`));
});

it('a series without dates has the 28 dates that end at the newest final one', async () => {
  const { data } = await series(TOKEN, {});
  const { rows } = await sql<{ date: string }>`
    SELECT MAX(extraction_date) AS date FROM log_scheduler
    WHERE batch_name = 'main_etl' AND status = 1 AND details NOT LIKE '%provisional%'`.execute(
    gateway.warehouse,
  );
  const newest = rows[0]?.date ?? '';
  expect(data.points).toHaveLength(28);
  expect([data.points[0].from, data.points.at(-1).to]).toEqual([addDays(newest, -27), newest]);
});
