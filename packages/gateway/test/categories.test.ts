import { addDays, VIEW_COLUMNS } from '@etl/core';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CATEGORIES, type Months, openMonths, pathOf, range, roundedChange } from './generated-months.ts';
import { type Gateway, TOKEN } from './support.ts';
import { signed } from './tokens.ts';

let months: Months;
let gateway: Gateway;

beforeAll(async () => {
  months = await openMonths();
  gateway = months.gateway;
});

afterAll(() => gateway?.close());

const ask = (query: Record<string, string>, token?: string) => months.ask('categories', query, token);

const VIEWS = [...VIEW_COLUMNS, 'total_views'];

/** The figures of some categories by one statement over the daily rows. */
async function byStatement(categories: readonly number[], from: string, to: string) {
  const own = sql`extraction_date BETWEEN ${from} AND ${to} AND category_id IN (${sql.join([...categories, -1])})`;
  const sums = sql.join(VIEWS.map((views) => sql`COALESCE(SUM(${sql.ref(views)}), 0) AS ${sql.ref(views)}`));
  const newest = (column: string) => sql`(SELECT COALESCE(SUM(${sql.ref(column)}), 0) FROM (
    SELECT ${sql.ref(column)}, ROW_NUMBER() OVER (PARTITION BY moodle_course_id ORDER BY extraction_date DESC) AS place
    FROM user_activity_etl WHERE ${own}) AS ranked WHERE place = 1)`;
  const { rows } = await sql<Record<string, string | number>>`
    SELECT ${sums}, COUNT(DISTINCT moodle_course_id) AS courses,
      COUNT(DISTINCT CASE WHEN active_days > 0 THEN moodle_course_id END) AS active_courses,
      COUNT(DISTINCT CASE WHEN active_days > 0 THEN extraction_date END) AS active_days,
      ${newest('num_students')} AS num_students, ${newest('num_teachers')} AS num_teachers
    FROM user_activity_etl WHERE ${own}`.execute(gateway.warehouse);
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, value]) => [name, Number(value)]));
}

const ALL = [0, 1, 2, 3, 4, 5, 6, 7, 9];
const subtreeOf = (id: number) => ALL.filter((one) => pathOf(one).includes(id));

/** The children that are expected: their ids, and the categories whose rows they have. */
function expectedChildren(parent: number | null, isViewer: boolean) {
  const children = CATEGORIES.filter((one) => one.parent === (parent ?? 0)).map(({ id }) => ({
    id: id as number | null,
    is_parent: false,
    has_children: CATEGORIES.some((one) => one.parent === id),
    categories: subtreeOf(id),
  }));
  if (parent !== null)
    return [{ id: parent, is_parent: true, has_children: false, categories: [parent] }, ...children];
  const gone = { id: null, is_parent: false, has_children: false, categories: [0, 9] };
  return isViewer ? children : [...children, gone];
}

it('the children of a category have the figures of their subtrees, and close to the totals', async () => {
  const tokens = { administrator: TOKEN, viewer: months.viewer };
  await fc.assert(
    fc.asyncProperty(
      range,
      fc.constantFrom<keyof typeof tokens>('administrator', 'viewer'),
      fc.constantFrom(null, 1, 3, 5),
      fc.boolean(),
      async ({ from, to }, who, parent, compare) => {
        const query = {
          ...{ from, to },
          ...(parent !== null && { parent: CATEGORIES.find(({ id }) => id === parent)?.idnumber ?? '' }),
          ...(compare && { compare: 'previous' }),
        };
        const found = await ask(query, tokens[who]);
        // The scope of the viewer begins at category 1.
        const top = who === 'viewer' ? (parent ?? 1) : parent;
        expect(found.path.map(({ id }: { id: number }) => id)).toEqual(top === null ? [] : pathOf(top));
        let expected = expectedChildren(top, who === 'viewer');
        // The parent's own courses, and what is gone, are elements only if they have rows.
        const shown = new Set(found.data.map(({ id, is_parent }: never) => `${id} ${is_parent}`));
        for (const { id, is_parent, categories } of expected) {
          if (shown.has(`${id} ${is_parent}`)) continue;
          expect(is_parent || id === null).toBe(true);
          expect(await byStatement(categories, from, to)).toMatchObject({ courses: 0 });
        }
        expected = expected.filter(({ id, is_parent }) => shown.has(`${id} ${is_parent}`));
        expect(found.data).toHaveLength(expected.length);
        for (const [index, { categories, ...fields }] of expected.entries()) {
          const figures = await byStatement(categories, from, to);
          expect(found.data[index]).toMatchObject({ ...fields, ...figures });
          const isComparable = found.missing_dates.length === 0 && found.compared_missing_dates.length === 0;
          if (!compare) expect(found.data[index].change).toBeNull();
          else if (isComparable) {
            const before = await byStatement(categories, found.compared_from, found.compared_to);
            const [value, base] = [figures.total_views ?? 0, before.total_views ?? 0];
            expect(found.data[index].change).toBe(base === 0 ? null : roundedChange(value, base));
          }
        }
        const all = top === null ? ALL : subtreeOf(top);
        expect(found.totals).toMatchObject(await byStatement(all, from, to));
        const views = found.data.reduce(
          (sum: number, one: { total_views: number }) => sum + one.total_views,
          0,
        );
        expect(views).toBe(found.totals.total_views);
      },
    ),
    { numRuns: 60, endOnFailure: true },
  );
});

const completedIn = async (from: string, to: string) => {
  const { rows } = await sql<{ count: number }>`SELECT COUNT(*) AS count FROM log_scheduler
    WHERE batch_name = 'main_etl' AND status = 1 AND extraction_date BETWEEN ${from} AND ${to}`.execute(
    gateway.warehouse,
  );
  return Number(rows[0]?.count);
};

const WEEKLY: [who: string, parent: number | null, from: string, to: string][] = [
  ['an administrator', null, '2024-01-12', '2024-02-20'],
  // Nothing was extracted of the first weeks.
  ['an administrator', 1, '2024-01-20', '2024-01-21'],
  ['a viewer', 1, '2024-01-20', '2024-02-03'],
  ['a viewer', 3, '2024-01-12', '2024-02-20'],
];

async function checkWeekly(...[who, parent, from, to]: (typeof WEEKLY)[number]): Promise<void> {
  const isViewer = who === 'a viewer';
  const idnumber = CATEGORIES.find(({ id }) => id === parent)?.idnumber;
  const query = { from, to, ...(idnumber && { parent: idnumber }) };
  const { data } = await ask(query, isViewer ? months.viewer : TOKEN);
  expect(data.length).toBeGreaterThan(0);
  for (const child of expectedChildren(parent, isViewer)) {
    const found = data.find(
      ({ id, is_parent }: typeof child) => id === child.id && is_parent === child.is_parent,
    );
    if (!found) continue;
    const expected: (number | null)[] = [];
    for (let end = addDays(to, -77); end <= to; end = addDays(end, 7)) {
      const views = (await byStatement(child.categories, addDays(end, -6), end)).total_views ?? 0;
      expected.push((await completedIn(addDays(end, -6), end)) === 0 ? null : views);
    }
    expect(found.weekly).toEqual(expected);
  }
}

it.each(WEEKLY)('the weekly views that %s reads below %s are those of the subtrees: %s to %s', checkWeekly);

it('the weekly views are the same if some dates, or all, have no fresh sums by category', async () => {
  for (const stale of [sql`part DIV 10 MOD 3 = 0`, sql`TRUE`]) {
    await sql`DELETE FROM rollup_parts WHERE ${stale}`.execute(gateway.warehouse);
    for (const asked of WEEKLY) await checkWeekly(...asked);
  }
});

it('categories outside the scope of a viewer are answered like ones that do not exist', async () => {
  const nobody = await signed({ username: 'nobody', roles: ['lecturer'], directorate: 'none' });
  const dates = { from: '2024-01-01', to: '2024-01-31' };
  for (const parent of ['F2', '2', 'F9', '']) {
    expect(await ask({ ...dates, parent }, months.viewer)).toMatchObject({
      code: 'INVALID_REQUEST',
      error: expect.stringMatching(
        parent.startsWith('F')
          ? `^parent: "${parent}" is no category that you can read. Did you mean F1`
          : `^parent: "${parent}" is no category that you can read. Give its id or idnumber.$`,
      ),
    });
  }
  expect(await ask({ ...dates, parent: 'F1' }, months.viewer)).toEqual({
    ...(await ask(dates, months.viewer)),
    timestamp: expect.any(String),
  });
  expect(await ask(dates, nobody)).toMatchObject({ data: [], totals: { courses: 0, total_views: 0 } });
});
