import { type Scratch, scratchDatabase } from '@etl/local-stack';
import type { Kysely } from 'kysely';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { migrate, openWarehouse, restatementsReport, type Warehouse } from '../src/index.ts';
import { down, up } from '../src/migrations/0016-small-groups.ts';

const DATE = '2024-01-15';
const LARGE_ID = '9007199254740993';

let database: Scratch<string>;
let warehouse: Warehouse;

beforeEach(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value }, { connections: 2, statementSeconds: 60 });
  await migrate(warehouse);
});

afterEach(async () => {
  await warehouse.destroy();
  await database.remove();
});

const sums = (courses: number, views: number) =>
  JSON.stringify({ courses, num_students: 3, total_views: views });

async function addRestatement(): Promise<void> {
  await warehouse
    .insertInto('restatements')
    .values({
      ...{ id: 1, extraction_date: DATE, run_id: 'run', replaced_run_id: 'former', replaced_at: null },
      ...{ why: 'rerun', old_total_views: 1, new_total_views: 2, courses: 9, suppress_below: 5 },
    })
    .execute();
  await warehouse
    .insertInto('restatement_categories')
    .values([
      // Both kinds of rows before, and small ones only afterwards.
      { ...of(7, 0), old_sums: sums(2, 10), new_sums: null, changed: 1, unlisted: 1 },
      { ...of(7, 1), old_sums: sums(3, 20), new_sums: sums(5, 40), changed: 3, unlisted: 2 },
      // Small rows alone, and others alone.
      { ...of(LARGE_ID, 1), old_sums: null, new_sums: sums(1, 100), changed: 1, unlisted: 0 },
      { ...of(9, 0), old_sums: sums(1, 1000), new_sums: sums(1, 2000), changed: 1, unlisted: 0 },
    ])
    .execute();
  await warehouse
    .insertInto('restatement_courses')
    .values({
      ...{ restatement: 1, moodle_course_id: 2, old_category: 7, new_category: 7, old_is_small: 1 },
      ...{ course_name: 'Logic', why: 'rerun', old_figures: null, new_figures: null },
    })
    .execute();
}

const of = (category_id: number | string, is_small: number) => ({ restatement: 1, category_id, is_small });

const forAdministrators = () =>
  restatementsReport(warehouse, 'everything', { from: DATE, to: DATE }, { limit: 10 }, 'UTC');

it('going back to the version before adds the sums of small rows to the others', async () => {
  await addRestatement();
  const before = await forAdministrators();
  expect(before).toMatchObject([{ old: { total_views: 1030 }, new: { total_views: 2140 } }]);
  const db = warehouse as unknown as Kysely<unknown>;
  await down(db);
  const stored = await warehouse
    .selectFrom('restatement_categories')
    .selectAll()
    .orderBy('category_id')
    .execute();
  const read = stored.map(({ old_sums, new_sums, ...row }) => ({
    ...row,
    old: old_sums && JSON.parse(old_sums),
    new: new_sums && JSON.parse(new_sums),
  }));
  const expected = (courses: number, students: number, views: number) => ({
    courses,
    num_students: students,
    total_views: views,
  });
  expect(read).toEqual([
    {
      ...{ restatement: 1, category_id: 7, changed: 4, unlisted: 3 },
      ...{ old: expected(5, 6, 30), new: expected(5, 3, 40) },
    },
    {
      ...{ restatement: 1, category_id: 9, changed: 1, unlisted: 0 },
      ...{ old: expected(1, 3, 1000), new: expected(1, 3, 2000) },
    },
    { restatement: 1, category_id: LARGE_ID, changed: 1, unlisted: 0, old: null, new: expected(1, 3, 100) },
  ]);
  // Each can be repeated: a kill can come between a step and its record.
  await down(db);
  await up(db);
  await up(db);
  expect(await forAdministrators()).toEqual(before);
  // Which of the rows were small is not known any more, so viewers without small groups see nothing of them.
  const range = { from: DATE, to: DATE };
  const viewer = { categories: [7], smallBelow: 5 };
  expect(await restatementsReport(warehouse, viewer, range, { limit: 10 }, 'UTC')).toEqual([]);
  expect(
    await restatementsReport(warehouse, { ...viewer, smallBelow: 0 }, range, { limit: 10 }, 'UTC'),
  ).toMatchObject([{ old: { total_views: 30 }, new: { total_views: 40 } }]);
});
