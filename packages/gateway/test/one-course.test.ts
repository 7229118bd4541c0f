import { datesBetween } from '@etl/core';
import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { byStatement, completedDates, inCategories, subtreeOf, VIEWS } from './courses-by-statement.ts';
import { type Months, openMonths, pathOf, range } from './generated-months.ts';
import { course, type Gateway, mergeRows, TOKEN } from './support.ts';

let months: Months;
let gateway: Gateway;

beforeAll(async () => {
  months = await openMonths();
  gateway = months.gateway;
});

afterAll(() => gateway?.close());

const ask: Months['ask'] = (...call) => months.ask(...call);

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
          isViewer ? months.viewer : TOKEN,
        );
        const own = await byStatement(gateway, from, to, categories);
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
        const completed = new Set(await completedDates(gateway, from, to));
        const values = Object.fromEntries(
          Object.entries(found.data.totals).map(([name, one]) => [name, (one as { value: number }).value]),
        );
        const { last_active = null, ...figures } = own.get(id) ?? {};
        if (own.has(id)) expect(values).toMatchObject(figures);
        else expect(new Set(Object.values(values))).toEqual(new Set([null]));
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
        const before = await byStatement(gateway, found.compared_from, found.compared_to, categories);
        expect(found.data.totals.total_views.compared).toBe(before.get(id)?.total_views ?? null);
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

it('a course without rows in the range is named by its newest row of all, and has no figures', async () => {
  const named = (course_name: string) => ({ ...course(60), category_id: 1, course_name });
  await mergeRows(gateway, '2022-05-01', [named('Algebra')]);
  await mergeRows(gateway, '2022-05-02', [named('Linear algebra')]);
  await mergeRows(gateway, '2022-05-03', []);
  const views = async (date: string) => {
    const { data } = await ask('courses/60', { from: date, to: date });
    expect(data.course_name).toBe('Linear algebra');
    return data.totals.total_views.value;
  };
  expect(await views('2022-05-02')).toBe(1);
  expect(await views('2022-05-03')).toBeNull();
  expect(await views('2022-05-04')).toBeNull();
});
