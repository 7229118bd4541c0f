import { addDays, datesBetween, perViewKind } from '@etl/core';
import { buildRollUps, replaceCourseCategories, type UserActivity } from '@etl/warehouse';
import fc from 'fast-check';
import { inject } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

export const FIRST = '2023-11-20';
export const LAST = '2024-02-20';
export const DATES = datesBetween(FIRST, LAST);

/** Id, parent, idnumber. Rows can also name category 9, which is gone, and category 0 of the PHP system. */
const TREE: [id: number, parent: number, idnumber: string | null][] = [
  [1, 0, 'F1'],
  [2, 0, 'F2'],
  [3, 1, 'U3'],
  [4, 1, null],
  [5, 3, 'D5'],
  [6, 2, 'U6'],
  [7, 2, 'U7'],
];
export const CATEGORIES = TREE.map(([id, parent, idnumber]) => ({ id, parent, idnumber }));

/** The ids from the top down to the category. Empty if it is gone. */
export function pathOf(id: number): number[] {
  const category = CATEGORIES.find((one) => one.id === id);
  return category ? [...pathOf(category.parent), id] : [];
}

const COURSES = 12;

/**
 * Whatever is generated: one course falls silent, one is new and then rises, and one falls. Each has the same views on
 * every day of its use, and stays in U3. No date around these changes is missing, nor is the last one. One date is.
 */
const CERTAIN: Record<number, { since: number; usedUntil: number; categories: [number, number] }> = {
  1: { since: 0, usedUntil: 60, categories: [3, 3] },
  2: { since: 72, usedUntil: DATES.length, categories: [3, 3] },
  3: { since: 0, usedUntil: 70, categories: [3, 3] },
};
const CERTAIN_VIEWS = 3;
const isNeverMissing = (at: number) => (at >= 59 && at <= 78) || at === DATES.length - 1;
const isAlwaysMissing = (at: number) => at === 10;

/** Compared with the six dates before, one course rises and one falls, whatever is generated. No date is missing. */
export const CHANGING = { from: DATES[73] as string, to: DATES[78] as string };

/** Most rows are like those of the day before: some courses are silent for weeks, new, or move. */
const day = fc.record({
  isMissing: fc.nat(29).map((one) => one === 0),
  rows: fc.array(
    fc.record({
      isThere: fc.nat(9).map((one) => one > 0),
      views: fc.array(fc.oneof(fc.constant(0), fc.nat(9)), { minLength: 6, maxLength: 6 }),
      students: fc.nat(30),
      teachers: fc.nat(3),
    }),
    { minLength: COURSES, maxLength: COURSES },
  ),
});

const months = fc.array(day, { minLength: DATES.length, maxLength: DATES.length });

/** Of a course: since when it is there, until when it is used, and when it moves from one category to another. */
const life = fc.record({
  since: fc.oneof(fc.constant(0), fc.nat(DATES.length - 1)),
  usedUntil: fc.oneof(fc.constant(DATES.length), fc.nat(DATES.length - 1)),
  movesAt: fc.nat(2 * DATES.length),
  categories: fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 9), fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 9)),
});

export type Months = Awaited<ReturnType<typeof openMonths>>;

/** A gateway with generated months. `viewer`: the token of a viewer of the directorate F1. `ask`: the JSON of a call. */
export async function openMonths() {
  const gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
  await loadMonths(gateway);
  return {
    gateway,
    viewer: await signed({ username: 'dean', roles: ['lecturer'], directorate: 'F1' }),
    ask: async (path: string, query: Record<string, string | undefined> = {}, token = TOKEN) => {
      const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
      const answer = await gateway.app.inject({
        url: `${API}/${path}?${new URLSearchParams(given)}`,
        headers: { authorization: `Bearer ${token}` },
      });
      return answer.json();
    },
  };
}

/** Some answers are then read from roll-ups, and some from daily rows. */
async function loadMonths(gateway: Gateway): Promise<void> {
  await gateway.warehouse.transaction().execute((trx) =>
    replaceCourseCategories(
      trx,
      CATEGORIES.map(({ id, parent, idnumber }) => {
        const path = pathOf(id);
        return {
          id,
          parent,
          idnumber,
          depth: path.length,
          path: `/${path.join('/')}`,
          name: `Category ${id}`,
        };
      }),
    ),
  );
  const [days = []] = fc.sample(months, 1);
  const lives = fc.sample(life, COURSES);
  for (const [at, { isMissing, rows }] of days.entries()) {
    if (isAlwaysMissing(at) || (isMissing && !isNeverMissing(at))) continue;
    const own = rows.flatMap((row, index): UserActivity[] => {
      const generated = lives[index] as (typeof lives)[number];
      const { since, usedUntil, movesAt, categories } = { ...generated, ...CERTAIN[index] };
      if ((!row.isThere && !CERTAIN[index]) || at < since) return [];
      const used = (kind: number) => (CERTAIN[index] ? CERTAIN_VIEWS : (row.views[kind] ?? 0));
      const views = perViewKind((_, kind) => (at < usedUntil ? used(kind) : 0));
      const total = Object.values(views).reduce((sum, number) => sum + number, 0);
      const isPhp = index === 0;
      return [
        {
          ...course(isPhp ? -5 : index + 1),
          course_name: `Course ${(index * 7) % 5} of ${at < 40 ? 'autumn' : 'Winter'}`,
          course_shortname: `C_${index}%`,
          id_number: `N${index}`,
          category_id: isPhp ? 0 : categories[at < movesAt ? 0 : 1],
          ...views,
          total_views: total,
          num_students: row.students,
          num_teachers: row.teachers,
          active_days: total > 0 ? 1 : 0,
        },
      ];
    });
    await mergeRows(gateway, DATES[at] ?? '', own);
    if (at === 70) await buildRollUps(gateway.warehouse);
  }
}

/** A range of at most 40 dates that leaves room for the ranges before it. */
export const range: fc.Arbitrary<{ from: string; to: string }> = fc
  .record({ end: fc.integer({ min: 30, max: DATES.length - 1 }), days: fc.nat(39) })
  .map(({ end, days }) => ({ from: addDays(FIRST, Math.max(0, end - days)), to: addDays(FIRST, end) }));

/** (value - base) / base to 4 places, half away from 0. Whole numbers: 1.00005 is no floating-point number. */
export function roundedChange(value: number, base: number): number {
  const tenThousandths = Math.floor((2 * Math.abs(value - base) * 10_000 + base) / (2 * base));
  return value < base && tenThousandths > 0 ? -tenThousandths / 10_000 : tenThousandths / 10_000;
}
