import { VIEW_COLUMNS } from '@etl/core';
import { divideExactly, withConnection } from '@etl/local-stack';
import type { UserActivity } from '@etl/warehouse';
import fc from 'fast-check';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { ancestry, build, DATES, rowsOf, type World, world } from './world.ts';

let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
});

afterAll(() => gateway?.close());

const summary = async (query: string) => {
  const answer = await gateway.app.inject({
    url: `${API}/summary?${query}`,
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  return answer.json();
};

interface Row extends UserActivity {
  date: string;
}

const VIEWS = [...VIEW_COLUMNS, 'total_views'] as const;

/** The figures of rows, added up one by one. Enrolments are those of each course's newest row. */
function rolledUp(rows: readonly Row[]): Record<string, number> {
  const active = [
    ...new Set(rows.filter(({ active_days }) => Number(active_days) > 0).map(({ date }) => date)),
  ].toSorted();
  const enrolments = (of: 'num_students' | 'num_teachers') =>
    rows
      .filter(
        ({ moodle_course_id: course, date }) =>
          !rows.some((row) => row.moodle_course_id === course && row.date > date),
      )
      .reduce((sum, row) => sum + Number(row[of]), 0);
  const day = (date: string | undefined) => Date.parse(date ?? '') / 86_400_000;
  return {
    courses: new Set(rows.map(({ moodle_course_id }) => moodle_course_id)).size,
    num_students: enrolments('num_students'),
    num_teachers: enrolments('num_teachers'),
    ...Object.fromEntries(
      VIEWS.map((views) => [views, rows.reduce((sum, row) => sum + Number(row[views]), 0)]),
    ),
    active_days: active.length,
    active_days_span: active.length === 0 ? 0 : day(active.at(-1)) - day(active[0]) + 1,
  };
}

/** The documented formula, calculated by the database. */
async function documentedAverage({ total_views, num_students, active_days }: Record<string, number>) {
  return withConnection(inject('mysqlUrl'), async (connection) => {
    await divideExactly(connection);
    const [rows] = await connection.query<RowDataPacket[]>(
      'SELECT ROUND((?) / NULLIF(?, 0) / NULLIF(?, 0), 2) AS average',
      [total_views, num_students, active_days],
    );
    const { average } = rows[0] as { average: string | null };
    return average === null ? null : Number(average);
  });
}

const KEYS: Record<string, (all: World, row: Row) => unknown> = {
  course: (_, row) => row.moodle_course_id,
  day: (_, row) => row.date,
  directorate: (all, row) => ancestry(all, Number(row.category_id)).at(-1) ?? null,
  unit: (all, row) => {
    const up = ancestry(all, Number(row.category_id));
    return JSON.stringify([up.at(-1) ?? null, up.at(-2) ?? null]);
  },
};

function keyOf(grouping: string, group: Record<string, { id: number } | null | undefined>): unknown {
  if (grouping === 'course') return group.moodle_course_id;
  if (grouping === 'day') return group.extraction_date;
  const directorate = group.directorate?.id ?? null;
  return grouping === 'directorate' ? directorate : JSON.stringify([directorate, group.unit?.id ?? null]);
}

/** Compares numbers and dates as they are, and pairs of ids (as JSON) level by level. No id comes first. */
function ascending(a: unknown, b: unknown): number {
  const levels = (key: unknown) =>
    [key].flatMap((one) => (typeof one === 'string' && one.startsWith('[') ? JSON.parse(one) : [one]));
  const [x, y] = [levels(a), levels(b)];
  const at = x.findIndex((level, index) => level !== y[index]);
  return at < 0 ? 0 : (x[at] ?? 0) < (y[at] ?? 0) ? -1 : 1;
}

it('a summary equals the sum of the rows of the range, for every grouping', async () => {
  let groups = 0;
  await fc.assert(
    fc.asyncProperty(world, fc.nat(2), fc.nat(2), async (all, a, b) => {
      await build(gateway, all);
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const rows: Row[] = DATES.flatMap((date, day) =>
        day < from || day > to ? [] : rowsOf(all, day).map((row) => ({ ...row, date })),
      );
      for (const [grouping, key] of Object.entries(KEYS)) {
        const found = await summary(`from=${DATES[from]}&to=${DATES[to]}&group_by=${grouping}`);
        const expected = Map.groupBy(rows, (row) => key(all, row));
        expect(found.data.map((group: never) => keyOf(grouping, group))).toEqual(
          [...expected.keys()].toSorted(ascending),
        );
        for (const group of found.data) {
          const figures = rolledUp(expected.get(keyOf(grouping, group)) ?? []);
          expect(group).toMatchObject(figures);
          expect(group.avg_activity_per_student_per_day).toBe(await documentedAverage(figures));
          groups += 1;
        }
        expect(found.totals).toMatchObject(rolledUp(rows));
        expect(found).toMatchObject({ missing_dates: [], provisional_dates: [], has_next: false });
      }
    }),
    { numRuns: 15, endOnFailure: true },
  );
  expect(groups).toBeGreaterThan(300);
});

describe('days of a course', () => {
  beforeEach(async () => {
    await gateway.warehouse.deleteFrom('user_activity_etl').execute();
    await gateway.warehouse.deleteFrom('log_scheduler').execute();
  });

  const used = (views: number, more: Partial<UserActivity> = {}): UserActivity => ({
    ...course(2),
    file_views: views,
    total_views: views,
    num_students: 10,
    active_days: views > 0 ? 1 : 0,
    ...more,
  });

  it('the days of a course are counted as active days, and from the first to the last active day', async () => {
    await mergeRows(gateway, '2024-02-27', [used(0)]);
    await mergeRows(gateway, '2024-02-28', [used(40)]);
    await mergeRows(gateway, '2024-02-29', [used(0)]);
    await mergeRows(gateway, '2024-03-01', [used(5)]);
    await mergeRows(gateway, '2024-03-04', [used(15)]);
    const { data } = await summary('from=2024-02-01&to=2024-03-31&group_by=course');
    expect(data).toEqual([
      expect.objectContaining({
        total_views: 60,
        active_days: 3,
        active_days_span: 6,
        avg_activity_per_student_per_day: 2,
      }),
    ]);
  });

  it('days are listed if they were never extracted, or extracted before they ended', async () => {
    await mergeRows(gateway, '2024-01-02', [used(1)], { provisional: true });
    await mergeRows(gateway, '2024-01-03', [used(1)], { provisional: true });
    await mergeRows(gateway, '2024-01-03', [used(2)], { provisional: false });
    await mergeRows(gateway, '2024-01-05', []);
    expect(await summary('from=2024-01-01&to=2024-01-05')).toMatchObject({
      missing_dates: ['2024-01-01', '2024-01-04'],
      provisional_dates: ['2024-01-02'],
      totals: { total_views: 3 },
    });
  });

  it('have the names and enrolments of the newest day', async () => {
    await mergeRows(gateway, '2024-01-01', [used(1, { course_name: 'Zoology', num_students: 90 })]);
    await mergeRows(gateway, '2024-01-02', [used(1, { course_name: 'Biology', num_students: 7 })]);
    const { data, totals } = await summary('from=2024-01-01&to=2024-01-05');
    expect(data).toMatchObject([{ course_name: 'Biology', num_students: 7 }]);
    expect(totals.num_students).toBe(7);
  });

  it('have the names of their own newest day, if many courses share it', async () => {
    const courses = (first: number, last: number, course_name: string) =>
      Array.from({ length: last - first + 1 }, (_, index) =>
        used(1, { moodle_course_id: first + index, course_name }),
      );
    // The rows of the older date are the newer ones.
    await mergeRows(gateway, '2024-01-02', courses(1, 250, 'New'));
    await mergeRows(gateway, '2024-01-01', courses(1, 500, 'Old'));
    const { data } = await summary('from=2024-01-01&to=2024-01-05');
    const named = (name: string) =>
      data.flatMap((group: { moodle_course_id: number; course_name: string }) =>
        group.course_name === name ? [group.moodle_course_id] : [],
      );
    expect(named('New')).toEqual(Array.from({ length: 250 }, (_, index) => index + 1));
    expect(named('Old')).toEqual(Array.from({ length: 250 }, (_, index) => index + 251));
  });

  it.each([
    [7, 9],
    [9, 7],
  ])('have the enrolments of the newest day, even if the course moved from %i to %i', async (from, to) => {
    await mergeRows(gateway, '2024-01-01', [used(1, { category_id: from, num_students: 90 })]);
    await mergeRows(gateway, '2024-01-02', [used(1, { category_id: to, num_students: 7 })]);
    const { data, totals } = await summary('from=2024-01-01&to=2024-01-05');
    expect(data).toMatchObject([{ num_students: 7, total_views: 2, active_days: 2, courses: 1 }]);
    expect(totals).toMatchObject({ num_students: 7, courses: 1 });
  });

  it('have their own enrolments if they are grouped by day', async () => {
    for (const [date, students] of [
      ['2024-02-01', 10],
      ['2024-02-02', 20],
      ['2024-02-03', 5],
    ] as const) {
      await mergeRows(gateway, date, [used(100, { num_students: students })]);
    }
    const { data, totals } = await summary('from=2024-02-01&to=2024-02-03&group_by=day');
    expect(data).toMatchObject([
      { extraction_date: '2024-02-01', num_students: 10, avg_activity_per_student_per_day: 10 },
      { extraction_date: '2024-02-02', num_students: 20, avg_activity_per_student_per_day: 5 },
      { extraction_date: '2024-02-03', num_students: 5, avg_activity_per_student_per_day: 20 },
    ]);
    expect(totals.num_students).toBe(5);
  });

  it('a day is missing until its merge has completed, even if another batch has', async () => {
    await mergeRows(gateway, '2024-01-01', [used(1)]);
    await gateway.warehouse.updateTable('log_scheduler').set({ status: 3 }).execute();
    await mergeRows(gateway, '2024-01-02', [used(1)]);
    await gateway.warehouse
      .updateTable('log_scheduler')
      .set({ batch_name: 'user_counts' })
      .where('extraction_date', '=', '2024-01-02')
      .execute();
    expect(await summary('from=2024-01-01&to=2024-01-02')).toMatchObject({
      missing_dates: ['2024-01-01', '2024-01-02'],
    });
  });

  it('add up to more than the column of one day can hold', async () => {
    const most = 2_147_483_647;
    await mergeRows(gateway, '2024-01-01', [used(most)]);
    await mergeRows(gateway, '2024-01-02', [used(most)]);
    expect((await summary('from=2024-01-01&to=2024-01-02')).totals.total_views).toBe(2 * most);
  });

  it('the days of a course are paged', async () => {
    await mergeRows(
      gateway,
      '2024-01-01',
      [2, 3, 4, 5, 6].map((id) => ({ ...used(1), moodle_course_id: id })),
    );
    const page = async (query: string) => {
      const { data, has_next, totals } = await summary(`from=2024-01-01&to=2024-01-01&${query}`);
      return [
        data.map((group: { moodle_course_id: number }) => group.moodle_course_id),
        has_next,
        totals.courses,
      ];
    };
    expect(await page('limit=2')).toEqual([[2, 3], true, 5]);
    expect(await page('limit=2&offset=3')).toEqual([[5, 6], false, 5]);
    expect(await page('limit=2&offset=9')).toEqual([[], false, 5]);
  });
});

it('a summary of the last possible day answers at once', async () => {
  expect(await summary('from=9999-12-31&to=9999-12-31')).toMatchObject({ missing_dates: ['9999-12-31'] });
});

it.each([
  ['from=2024-01-02&to=2024-01-01', 'from: 2024-01-02 is after 2024-01-01'],
  [
    'from=2024-01-01&to=2025-01-01',
    'from: 2024-01-01 to 2025-01-01 are 367 days; a summary takes 366 at most',
  ],
  [
    'from=1970-01-01&to=9999-12-31',
    'from: 1970-01-01 to 9999-12-31 are 2932897 days; a summary takes 366 at most',
  ],
  ['from=9999-12-31&to=9999-12-30', 'from: 9999-12-31 is after 9999-12-30'],
  ['from=2024-01-01', 'to: must be a text in the form YYYY-MM-DD'],
  ['from=2024-01-01&to=tomorrow', 'to: "tomorrow" is not a date in the form YYYY-MM-DD'],
  [
    'from=2024-01-01&to=2024-01-01&group_by=teacher',
    'group_by: must be one of course, unit, directorate, day',
  ],
  ['from=2024-01-01&to=2024-01-01&directorate=A', 'directorate: is not known here'],
])('a summary rejects %s', async (query, error) => {
  expect(await summary(query)).toMatchObject({ status: false, code: 'INVALID_REQUEST', error });
});
