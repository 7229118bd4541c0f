import { perViewKind } from '@etl/core';
import { type Scratch, scratchDatabase } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { historyOf } from '../src/cells/history.ts';
import {
  inTransaction,
  type MergedCounts,
  MOST_LISTED_COURSES,
  migrate,
  openWarehouse,
  RESTATED_COLUMNS,
  recordRestatement,
  replaceUserActivity,
  restatedCourses,
  restatedDates,
  restatementReport,
  restatementsReport,
  type Scope,
  type UserActivity,
  type Warehouse,
} from '../src/index.ts';
import { visibleRestatedSums } from '../src/scope.ts';

const DATE = '2024-01-15';
const COUNTS: MergedCounts = { timeZone: 'UTC', isForced: false };

let database: Scratch<string>;
let warehouse: Warehouse;
let merges = 0;

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value }, { connections: 2, statementSeconds: 60 });
  await migrate(warehouse);
});

afterAll(async () => {
  await warehouse?.destroy();
  await database?.remove();
});

beforeEach(async () => {
  const tables = ['log_scheduler', 'user_activity_etl', 'restatements'] as const;
  for (const table of [...tables, 'restatement_categories', 'restatement_courses'] as const) {
    await warehouse.deleteFrom(table).execute();
  }
});

const course = (id: number, views: number, category = 7): UserActivity => ({
  moodle_course_id: id,
  course_id: 'F1',
  id_number: '',
  course_name: `Course ${id}`,
  course_shortname: `C${id}`,
  category_id: category,
  category_path: '/7',
  num_teachers: 1,
  num_students: 2,
  ...perViewKind(() => 0),
  file_views: views,
  total_views: views,
  avg_activity_per_student_per_day: null,
  active_days: 1,
  other_views: 0,
});

/** Loads rows as a merge does, and completes it. */
async function merge(rows: readonly UserActivity[], details: object = {}, smallBelow = 0): Promise<void> {
  merges += 1;
  const schedulerId = merges;
  await inTransaction(warehouse, async (trx) => {
    const replaced = await replaceUserActivity(trx, DATE, rows, 1000);
    const loaded = { date: DATE, schedulerId, runId: 'run', rows, replaced, counts: COUNTS, smallBelow };
    await recordRestatement(trx, loaded);
    await sql`INSERT INTO log_scheduler (id, run_id, job_id, batch_name, extraction_date, limit_size, status, start_date,
        end_date, trigger_type, requested_by, details, finished_at)
      VALUES (${schedulerId}, ${`run ${schedulerId}`}, ${`job ${schedulerId}`}, 'main_etl', ${DATE}, 1, 1, ${DATE},
        ${DATE}, 'api', 'test', ${JSON.stringify({ time_zone: 'UTC', ...details })}, NOW(3))`.execute(trx);
  });
}

const restatements = (scope: Scope = 'everything') =>
  restatementsReport(warehouse, scope, { from: DATE, to: DATE }, { limit: 10 }, 'UTC');

it('a restatement of more courses than are kept has their number, and keeps those that changed most', async () => {
  const ids = Array.from({ length: MOST_LISTED_COURSES + 500 }, (_, index) => index + 1);
  await merge(ids.map((id) => course(id, 10, id % 2 === 0 ? 7 : 8)));
  // The courses with the largest ids change least, but the last one moves.
  const last = ids.length;
  const after = ids.map((id) => course(id, id === last ? 10 : 10 + last - id, id % 2 === 0 ? 7 : 8));
  await merge(after.map((row) => (row.moodle_course_id === last ? { ...row, category_id: 9 } : row)));
  const [all] = await restatements();
  expect(all).toMatchObject({ courses_changed: last, why: ['rerun', 'course_changed'] });
  const listed = await restatedCourses(warehouse, 'everything', all?.id ?? 0, { limit: 20_000 });
  expect(listed).toHaveLength(MOST_LISTED_COURSES);
  expect(listed.map(({ moodle_course_id }) => Number(moodle_course_id))).toEqual([
    ...ids.slice(0, MOST_LISTED_COURSES - 1),
    last,
  ]);
  // Half of the courses are of each category, also of those that are not listed.
  const [odd] = await restatements({ categories: [8], smallBelow: 0 });
  const [even] = await restatements({ categories: [7], smallBelow: 0 });
  expect([odd?.courses_changed, even?.courses_changed]).toEqual([last / 2, last / 2]);
  expect(odd?.new.total_views).toBe(
    after
      .filter(({ moodle_course_id: id }) => Number(id) % 2 === 1)
      .reduce((sum, { total_views }) => sum + total_views, 0),
  );
});

it('a viewer of one category of a moved course cannot tell whether its figures changed as well', async () => {
  const [left, entered] = [
    { categories: [7], smallBelow: 0 },
    { categories: [8], smallBelow: 0 },
  ];
  await merge([course(1, 5), course(2, 5)]);
  await merge([course(1, 5, 8), course(2, 6, 8)]);
  const [all] = await restatements();
  const whyOf = async (scope: Scope) => [
    (await restatements(scope))[0]?.why,
    ...(await restatedCourses(warehouse, scope, all?.id ?? 0, { limit: 10 })).map(({ why }) => why),
  ];
  const both = ['rerun', 'course_changed'];
  expect(await whyOf('everything')).toEqual([both, ['course_changed'], both]);
  expect(await whyOf({ categories: [7, 8], smallBelow: 0 })).toEqual([both, ['course_changed'], both]);
  for (const scope of [left, entered]) expect(await whyOf(scope)).toEqual(Array(3).fill(['course_changed']));

  const historyOfViews = async (id: number, scope: Scope) => {
    const cell = { date: DATE, course: String(id), metric: 'total_views' as const };
    return (await historyOf(warehouse, scope, cell)).values.map(({ value, why }) => ({ value, why }));
  };
  expect(await historyOfViews(1, 'everything')).toEqual([]);
  expect(await historyOfViews(2, 'everything')).toEqual([{ value: 5, why: ['rerun'] }]);
  for (const id of [1, 2]) {
    expect(await historyOfViews(id, entered)).toEqual([{ value: null, why: ['course_changed'] }]);
    expect(await historyOfViews(id, left)).toEqual([{ value: 5, why: ['course_changed'] }]);
  }
});

describe('where small groups are withheld', () => {
  const BELOW = 5;
  const viewer: Scope = { categories: [7], smallBelow: BELOW };
  const row = (id: number, views: number, students: number): UserActivity => ({
    ...course(id, views),
    course_name: `Course ${id} of ${students}`,
    num_students: students,
  });
  const changed = async (scope: Scope) => {
    const [found] = await restatements(scope);
    return found ? restatedCourses(warehouse, scope, found.id, { limit: 10 }) : [];
  };
  const viewsOf = async (id: number, scope: Scope) => {
    const cell = { date: DATE, course: String(id), metric: 'total_views' as const };
    const { values, isComplete } = await historyOf(warehouse, scope, cell);
    return { values: values.map(({ value, why }) => ({ value, why })), isComplete };
  };

  it('a course that crosses the number within its category comes or goes, for a viewer', async () => {
    await merge([row(1, 5, 4), row(2, 5, 5), row(3, 5, 4), row(4, 5, 9), row(5, 5, 9)]);
    await merge([row(1, 6, 5), row(2, 6, 4), row(3, 6, 3), row(4, 6, 9), row(5, 5, 4)], {}, BELOW);
    const why = ['course_changed'];
    const seen = { why, courses_changed: 4, old: { courses: 3, total_views: 15 }, new: { total_views: 12 } };
    expect(await restatements(viewer)).toMatchObject([{ ...seen, why: ['rerun', 'course_changed'] }]);
    expect(await changed(viewer)).toMatchObject([
      { moodle_course_id: 1, course_name: 'Course 1 of 5', why, old: null, new: { total_views: 6 } },
      { moodle_course_id: 2, course_name: 'Course 2 of 5', why, old: { total_views: 5 }, new: null },
      { moodle_course_id: 4, why: ['rerun'], old: { total_views: 5 }, new: { total_views: 6 } },
      // Its views stayed, which the viewer cannot know.
      { moodle_course_id: 5, course_name: 'Course 5 of 9', why, old: { total_views: 5 }, new: null },
    ]);
    const came = { values: [{ value: null, why }], isComplete: true };
    const stayed = { values: [{ value: 5, why: ['rerun'] }], isComplete: true };
    expect(await viewsOf(1, viewer)).toEqual(came);
    expect(await viewsOf(2, viewer)).toEqual({ ...came, values: [{ value: 5, why }] });
    expect(await viewsOf(3, viewer)).toEqual({ values: [], isComplete: true });
    expect(await viewsOf(4, viewer)).toEqual(stayed);
    expect(await viewsOf(5, viewer)).toEqual({ ...came, values: [{ value: 5, why }] });
    // An administrator sees five courses that stayed where they were.
    expect(await restatements()).toMatchObject([
      { courses_changed: 5, old: { total_views: 25 }, new: { total_views: 29 } },
    ]);
    for (const id of [1, 2, 3, 4]) expect(await viewsOf(id, 'everything')).toEqual(stayed);
    // Those that cross the number have all columns. The others have those that differ.
    const columns = (await changed('everything')).map(({ old }) => Object.keys(old ?? {}).length);
    expect(columns.map((count) => count === RESTATED_COLUMNS.length)).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    // A gateway that withholds nothing shows a viewer of the category the same.
    const all: Scope = { categories: [7], smallBelow: 0 };
    expect(await restatements(all)).toMatchObject([{ courses_changed: 5, old: { total_views: 25 } }]);
    for (const id of [1, 2, 3, 4]) expect(await viewsOf(id, all)).toEqual(stayed);
  });

  it('a restatement of small rows alone is not shown to a viewer', async () => {
    await merge([row(1, 5, 4), row(2, 5, 9)]);
    await merge([row(1, 6, 4), row(2, 5, 9)], {}, BELOW);
    expect(await restatements(viewer)).toEqual([]);
    expect(await changed(viewer)).toEqual([]);
    expect(await restatements()).toMatchObject([{ courses_changed: 1 }]);
  });

  it.each([0, BELOW - 1, BELOW + 1])(
    'a restatement that was recorded with %i is not shown',
    async (below) => {
      await merge([row(1, 5, 9), row(2, 5, 4)]);
      await merge([row(1, 6, 9), row(2, 6, 4)], {}, below);
      const [known] = await restatements();
      expect(await restatements(viewer)).toEqual([]);
      expect(await restatementReport(warehouse, viewer, known?.id ?? 0, 'UTC')).toBeUndefined();
      expect(await restatedCourses(warehouse, viewer, known?.id ?? 0, { limit: 10 })).toEqual([]);
      const sums = visibleRestatedSums(warehouse, viewer).select('old_sums');
      expect(await sums.execute()).toEqual([]);
      expect((await restatedDates(warehouse, viewer, { from: DATE, to: DATE })).size).toBe(0);
      expect(await viewsOf(1, viewer)).toEqual({ values: [], isComplete: false });
      expect((await viewsOf(1, 'everything')).isComplete).toBe(true);
    },
  );
});

it("figures of the PHP system are compared by their sums, because they have no ids of Moodle's courses", async () => {
  await merge([course(-1, 5), course(-2, 6)], { adopted: true });
  await merge([course(1, 5), course(2, 7)]);
  expect(await restatements()).toMatchObject([
    { why: ['rerun'], courses_changed: null, old: { total_views: 11 }, new: { total_views: 12 } },
  ]);
  expect(await restatements({ categories: [7], smallBelow: 0 })).toEqual([]);
});

it('of figures of the PHP system, the reasons are those of the sums that differ', async () => {
  const taken = [course(-1, 5), course(-2, 6)];
  const whyOf = async (rows: readonly UserActivity[]) => {
    await warehouse.deleteFrom('log_scheduler').execute();
    await warehouse.deleteFrom('restatements').execute();
    await merge(taken, { adopted: true });
    await merge(rows);
    return (await restatements()).map(({ why }) => why);
  };
  expect(await whyOf([{ ...course(1, 5), num_students: 3 }, course(2, 6)])).toEqual([['enrolments_changed']]);
  const added = { ...course(3, 0), num_students: 0, num_teachers: 0, active_days: 0 };
  expect(await whyOf([course(1, 5), course(2, 6), added])).toEqual([['course_changed']]);
  expect(await whyOf([course(1, 5), course(2, 6), course(3, 1)])).toEqual([
    ['rerun', 'course_changed', 'enrolments_changed'],
  ]);
});

it('a taken-over date whose sums stay the same is not restated', async () => {
  await merge([course(-1, 5), course(-2, 6)], { adopted: true });
  await merge([course(1, 5), course(2, 6)]);
  expect(await restatements()).toEqual([]);
});

it('a row without a name that a merge removes is restated like any other', async () => {
  await merge([course(1, 5)]);
  await sql`INSERT INTO user_activity_etl (moodle_course_id, category_id, extraction_date) VALUES (999, 1, ${DATE})`.execute(
    warehouse,
  );
  await merge([course(1, 5)]);
  const [found] = await restatements();
  expect(await restatedCourses(warehouse, 'everything', found?.id ?? 0, { limit: 10 })).toMatchObject([
    { moodle_course_id: 999, course_name: '', new: null },
  ]);
});
