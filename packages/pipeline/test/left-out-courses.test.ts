import { addDays, dayOf } from '@etl/core';
import { documentedLeftOut, fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import { courseList, explainCell, onSnapshot, type Scope } from '@etl/warehouse';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Databases, openDatabases, runBatches } from './support.ts';

const FIRST = '2024-01-01';
const DAYS = 14;
const COURSES = 12;
/** Days of the newest ones whose courses without views are stored. */
const KEPT_DAYS = 8;

const dateOf = (day: number) => addDays(FIRST, day);

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
  await withConnection(databases.sourceUrl, (source) =>
    fillSampleMoodle(source, {
      ...SAMPLE_DEFAULTS,
      courses: COURSES,
      rowsPerDay: 40,
      dates: Array.from({ length: DAYS }, (_, day) => dateOf(day)),
      timeZone: 'UTC',
    }),
  );
});

afterAll(() => databases?.close());

/** A merge of a day, after these courses have been hidden and all others shown. */
const merge = fc.record({
  day: fc.nat(DAYS - 1),
  hidden: fc.subarray(Array.from({ length: COURSES }, (_, index) => index + 2)),
});

async function storedOf(date: string) {
  const rows = await databases.warehouse
    .selectFrom('left_out_courses')
    .select(['moodle_course_id', 'reason', 'views'])
    .where('extraction_date', '=', date)
    .execute();
  return Object.fromEntries(rows.map(({ moodle_course_id, ...row }) => [moodle_course_id, row]));
}

it('merges keep left out courses with views of every date, and those without views of the newest 8', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(merge, { minLength: 3, maxLength: 12 }), async (merges) => {
      for (const table of ['log_scheduler', 'user_activity_etl', 'left_out_courses'] as const) {
        await databases.warehouse.deleteFrom(table).execute();
      }
      const leftOut = new Map<string, Record<string, { reason: string; views: number }>>();
      for (const { day, hidden } of merges) {
        const date = dateOf(day);
        const now = await withConnection(databases.sourceUrl, async (source) => {
          await source.query('UPDATE mdl_course SET visible = 1 WHERE id > 1');
          if (hidden.length > 0)
            await source.query('UPDATE mdl_course SET visible = 0 WHERE id IN (?)', [hidden]);
          return documentedLeftOut(
            source,
            new URL(databases.sourceUrl).pathname.slice(1),
            dayOf(date, 'UTC'),
          );
        });
        leftOut.set(date, now);
        await runBatches(databases, date, 'UTC');
      }
      const newest = [...leftOut.keys()].toSorted().at(-1) ?? FIRST;
      for (const [date, courses] of leftOut) {
        const isKept = date > addDays(newest, -KEPT_DAYS);
        const expected = Object.entries(courses).filter(([, { views }]) => views > 0 || isKept);
        expect([date, await storedOf(date)]).toEqual([date, Object.fromEntries(expected)]);
      }
    }),
    { numRuns: 12 },
  );
});

async function explained(date: string, course: string, scope: Scope = 'everything') {
  const cell = await onSnapshot(databases.warehouse, (snapshot) =>
    explainCell(snapshot, {
      scope,
      date,
      course,
      metric: 'total_views',
      timeZone: 'UTC',
      today: '2024-03-01',
      showsRequester: true,
    }),
  );
  return cell.not_counted;
}

it('says of a course without views on an older date that the reason is not kept', async () => {
  await withConnection(databases.sourceUrl, async (source) => {
    await source.query('UPDATE mdl_course SET visible = 1 WHERE id > 1');
    await source.query('UPDATE mdl_logstore_standard_log SET courseid = 6 WHERE courseid = 5');
  });
  await databases.warehouse.deleteFrom('log_scheduler').execute();
  await databases.warehouse.deleteFrom('user_activity_etl').execute();
  await runBatches(databases, dateOf(0), 'UTC');
  await withConnection(databases.sourceUrl, (source) =>
    source.query('UPDATE mdl_course SET visible = 0 WHERE id = 5'),
  );
  await runBatches(databases, dateOf(1), 'UTC');
  const lastDate = { last_date: dateOf(0) };
  expect(await explained(dateOf(1), '5')).toMatchObject({ reason: 'course_hidden', views: 0, ...lastDate });
  await runBatches(databases, dateOf(1 + KEPT_DAYS), 'UTC');
  expect(await explained(dateOf(1), '5')).toMatchObject({ reason: 'not_viewed', views: 0, ...lastDate });
  expect(await explained(dateOf(1 + KEPT_DAYS), '5')).toMatchObject({ reason: 'course_hidden' });
});

it('a viewer without small groups cannot tell whether a course without a row had views', async () => {
  const { warehouse } = databases;
  for (const table of ['log_scheduler', 'user_activity_etl', 'left_out_courses'] as const) {
    await warehouse.deleteFrom(table).execute();
  }
  await withConnection(databases.sourceUrl, async (source) => {
    await source.query('UPDATE mdl_course SET visible = 1 WHERE id > 1');
    // Courses 4 and 5 have views, 6 to 10 have none.
    await source.query(
      'UPDATE mdl_logstore_standard_log SET courseid = 4 + courseid % 2 WHERE courseid BETWEEN 6 AND 10',
    );
  });
  await runBatches(databases, dateOf(0), 'UTC');
  await withConnection(databases.sourceUrl, async (source) => {
    await source.query('UPDATE mdl_course SET visible = 0 WHERE id IN (4, 6)');
    await source.query('UPDATE mdl_course SET category = 0 WHERE id IN (8, 9)');
    await source.query('DELETE FROM mdl_course WHERE id IN (5, 7, 10)');
  });
  await runBatches(databases, dateOf(1), 'UTC');
  const tree = await warehouse.selectFrom('course_categories_etl').select('id').execute();
  const setStudents = (num_students: number) =>
    warehouse.updateTable('user_activity_etl').set({ num_students });
  await setStudents(9).execute();
  await setStudents(3).where('moodle_course_id', 'in', [8, 10]).execute();
  const scope = (smallBelow: number) => ({ categories: tree.map(({ id }) => id), smallBelow });
  const searched = (smallBelow: number) =>
    onSnapshot(warehouse, async (snapshot) => {
      const range = { snapshot, scope: scope(smallBelow), from: dateOf(0), to: dateOf(1) };
      const request = { q: '', filter: 'all', sort: 'name', order: 'asc', limit: 9 } as const;
      const { notCounted } = await courseList(range, request);
      return notCounted?.map((course) => Number(course.moodle_course_id)).toSorted((a, b) => a - b);
    });
  const why = (course: number, smallBelow: number) =>
    explained(dateOf(1), String(course), scope(smallBelow)).catch(({ code }) => code);
  const [hidden, gone] = [{ reason: 'course_hidden' }, { reason: 'not_there' }];
  expect([await why(4, 0), await why(6, 0)]).toMatchObject([hidden, { ...hidden, views: 0 }]);
  expect([await why(5, 0), await why(7, 0)]).toMatchObject([{ reason: 'course_deleted' }, gone]);
  const few = { views: null, last_date: dateOf(0) };
  for (const course of [4, 6]) expect(await why(course, 5)).toMatchObject({ ...hidden, ...few });
  for (const course of [5, 7]) expect(await why(course, 5)).toMatchObject({ ...gone, ...few });
  // A course that has no category now belongs to those who see its newest row.
  for (const course of [8, 9, 10]) expect(await why(course, 0)).toMatchObject({ last_date: dateOf(0) });
  expect(await why(9, 5)).toMatchObject({ reason: 'without_category', ...few });
  for (const course of [8, 10]) expect(await why(course, 5)).toBe('NOT_FOUND');
  expect([await searched(0), await searched(5)]).toEqual([
    [4, 5, 6, 8, 9],
    [4, 6, 9],
  ]);
  await runBatches(databases, dateOf(1 + KEPT_DAYS), 'UTC');
  expect([await why(4, 0), await why(6, 0)]).toMatchObject([hidden, { reason: 'not_viewed' }]);
  for (const course of [4, 5, 6, 7]) expect(await why(course, 5)).toBe('NOT_FOUND');
  expect([await searched(0), await searched(5)]).toEqual([[4, 5], []]);
});
