import { perViewKind } from '@etl/core';
import { type Scratch, scratchDatabase, waitForLockWait } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  inTransaction,
  migrate,
  openWarehouse,
  replaceActivityCounts,
  replaceUserActivity,
  type UserActivity,
  type Warehouse,
} from '../src/index.ts';

const DATE = '2024-01-15';

let database: Scratch<string>;
let warehouse: Warehouse;

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value }, { connections: 4, statementSeconds: 60 });
  await migrate(warehouse);
});

afterAll(async () => {
  await warehouse?.destroy();
  await database?.remove();
});

const counts = (courseid: number, views: number) => ({
  courseid,
  ...perViewKind(() => views),
  active_days: 1,
});

const loaded = () =>
  warehouse
    .selectFrom('activity_counts_etl')
    .select(['courseid', 'quiz_views'])
    .orderBy('courseid')
    .execute();

describe('a load of a date', () => {
  it('a load of a date without rows replaces a row that another program inserts meanwhile', async () => {
    const other = await warehouse.startTransaction().execute();
    await sql`INSERT INTO activity_counts_etl (courseid, quiz_views, extraction_date) VALUES (2, 666, ${DATE})`.execute(
      other,
    );
    const load = inTransaction(warehouse, (trx) =>
      replaceActivityCounts(trx, DATE, [counts(1, 5), counts(2, 6), counts(3, 7)], 1000),
    );
    await waitForLockWait(database.value, 'the load to wait for the row of the other program');
    await other.commit().execute();
    await load;
    expect(await loaded()).toEqual([
      { courseid: 1, quiz_views: 5 },
      { courseid: 2, quiz_views: 6 },
      { courseid: 3, quiz_views: 7 },
    ]);
  });

  it('a later load of the date inserts, changes and deletes rows, and keeps the ids of those that stay', async () => {
    const date = '2024-01-16';
    const load = (rows: ReturnType<typeof counts>[]) =>
      inTransaction(warehouse, (trx) => replaceActivityCounts(trx, date, rows, 2));
    const idOf = async (courseid: number) => {
      const row = warehouse.selectFrom('activity_counts_etl').select('id').where('courseid', '=', courseid);
      return (await row.where('extraction_date', '=', date).executeTakeFirst())?.id;
    };
    await load([counts(3, 1), counts(1, 1), counts(2, 1)]);
    const before = await Promise.all([1, 2, 3].map(idOf));
    await load([counts(1, 1), counts(2, 9), counts(4, 1)]);
    expect([await idOf(1), await idOf(2), await idOf(3)]).toEqual([before[0], before[1], undefined]);
    expect(await idOf(4)).toBeGreaterThan(Math.max(...before.map(Number)));
  });

  it.each([
    "O'Brien",
    'a \\ b',
    'what? ?? :name',
    '"quoted"',
    'a\nb\0c\x1a',
    'Ü 漢 🎓',
    "'); DELETE FROM log_scheduler; --",
  ])('a load keeps the name %j', async (course_name) => {
    const row: UserActivity = {
      moodle_course_id: '9007199254740993',
      course_id: course_name,
      id_number: '',
      course_name,
      course_shortname: course_name,
      category_id: 1,
      category_path: '/1',
      num_teachers: 0,
      num_students: 0,
      ...perViewKind(() => 0),
      total_views: 0,
      avg_activity_per_student_per_day: null,
      active_days: 0,
    };
    // Once as a new row, and once as a changed one.
    for (const num_teachers of [0, 1]) {
      await inTransaction(warehouse, (trx) =>
        replaceUserActivity(trx, DATE, [{ ...row, num_teachers }], 500),
      );
      const [found] = await warehouse.selectFrom('user_activity_etl').selectAll().execute();
      expect(found).toMatchObject({ ...row, num_teachers });
    }
    await inTransaction(warehouse, (trx) => replaceUserActivity(trx, DATE, [], 500));
  });
});
