import { dayOf, type Ledger, ledgerFault } from '@etl/core';
import { documentedLedger, fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import { completedRow, inTransaction } from '@etl/warehouse';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { requireClosed } from '../src/day-ledger.ts';
import { type Databases, openDatabases, runBatches } from './support.ts';

const DATE = '2024-01-15';
const day = dayOf(DATE, 'UTC');

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
});

afterAll(() => databases?.close());

beforeEach(async () => {
  for (const table of ['log_scheduler', 'user_activity_etl', 'left_out_courses', 'restatements'] as const) {
    await databases.warehouse.deleteFrom(table).execute();
  }
  await withConnection(databases.sourceUrl, async (source) => {
    await source.query('DROP TABLE IF EXISTS mdl_config');
    await fillSampleMoodle(source, { ...SAMPLE_DEFAULTS, courses: 40, rowsPerDay: 1000, timeZone: 'UTC' });
  });
});

const run = (options: Parameters<typeof runBatches>[3] = {}) => runBatches(databases, DATE, 'UTC', options);

const moodle = (...statements: string[]) =>
  withConnection(databases.sourceUrl, async (source) => {
    for (const statement of statements) await source.query(statement);
  });

/** What Moodle itself says now, by a statement for each number. */
const documented = () =>
  withConnection(databases.sourceUrl, (source) =>
    documentedLedger(source, new URL(databases.sourceUrl).pathname.slice(1), day),
  );

async function stored(): Promise<Ledger | undefined> {
  const merged = await completedRow(databases.warehouse, 'main_etl', DATE);
  return merged?.details.ledger;
}

const leftOut = (course: number) =>
  databases.warehouse
    .selectFrom('left_out_courses')
    .select(['reason', 'views', 'course_name'])
    .where('extraction_date', '=', DATE)
    .where('moodle_course_id', '=', course)
    .executeTakeFirst();

async function mostViewed(): Promise<{ id: number; views: number; name: string }> {
  const row = await databases.warehouse
    .selectFrom('user_activity_etl')
    .select(['moodle_course_id', 'total_views', 'course_name'])
    .where('extraction_date', '=', DATE)
    .orderBy('total_views', 'desc')
    .limit(1)
    .executeTakeFirstOrThrow();
  return { id: Number(row.moodle_course_id), views: row.total_views, name: row.course_name };
}

describe('the ledger of a date', () => {
  it('a later merge of the same counts closes, with the courses as they are then', async () => {
    await run();
    expect(await stored()).toEqual(await documented());
    const course = await mostViewed();
    await moodle(`UPDATE mdl_course SET visible = 0 WHERE id = ${course.id}`);
    await run({ batches: ['main_etl'] });
    expect(await stored()).toEqual(await documented());
    expect(await leftOut(course.id)).toEqual({
      reason: 'course_hidden',
      views: course.views,
      course_name: course.name,
    });

    await moodle(`DELETE FROM mdl_course WHERE id = ${course.id}`);
    await run({ batches: ['main_etl'] });
    expect(await stored()).toEqual(await documented());
    expect(await leftOut(course.id)).toEqual({
      reason: 'course_deleted',
      views: course.views,
      course_name: null,
    });

    await moodle(`UPDATE mdl_course_categories SET idnumber = NULL`);
    await run({ batches: ['main_etl'] });
    expect(await stored()).toMatchObject({ counted: 0 });
    expect(await stored()).toEqual(await documented());
  });

  it("a merge of earlier counts closes although Moodle's log is gone", async () => {
    await run();
    const before = await stored();
    await moodle('DELETE FROM mdl_logstore_standard_log');
    await expect(run()).rejects.toThrow('no longer holds');
    await databases.warehouse
      .updateTable('log_scheduler')
      .set({ active_key: null, status: 3 })
      .where('status', '<>', 1)
      .execute();
    await run({ batches: ['main_etl'] });
    expect(await stored()).toEqual(before);
    expect((before?.counted ?? 0) + (before?.left_out.other_module ?? 0)).toBeGreaterThan(100);
  });

  it('a merge of counts of a version before ledgers closes, and does not say whose the other views are', async () => {
    await run();
    const before = await stored();
    const counted = await completedRow(databases.warehouse, 'activity_counts', DATE);
    const { rows } = counted?.details ?? {};
    const { other_module = 0, ...left_out } = rows?.left_out ?? {};
    const former = {
      ...counted?.details,
      rows: { ...rows, counted: (rows?.counted ?? 0) + other_module, left_out },
    };
    await databases.warehouse
      .updateTable('log_scheduler')
      .set({ details: JSON.stringify(former) })
      .where('id', '=', counted?.id ?? 0)
      .execute();
    await run({ batches: ['main_etl'] });
    expect(await stored()).toEqual(before);
    const others = databases.warehouse.selectFrom('user_activity_etl').select('other_views').distinct();
    expect(await others.where('active_days', '=', 1).execute()).toEqual([{ other_views: null }]);

    await run();
    expect((await others.execute()).length).toBeGreaterThan(1);
  });

  it('the views of other modules are stored with the course that they made active', async () => {
    await moodle(
      'UPDATE mdl_logstore_standard_log SET courseid = 5 WHERE courseid IS NOT NULL LIMIT 50',
      `INSERT INTO mdl_logstore_standard_log (component, action, target, crud, contextid, contextlevel, contextinstanceid, userid, courseid, timecreated, eventname, edulevel)
       SELECT 'mod_folder', 'viewed', target, crud, contextid, 70, contextinstanceid, userid, 5, ${day.start}, eventname, edulevel FROM mdl_logstore_standard_log LIMIT 3`,
    );
    await run();
    const others = await withConnection(databases.sourceUrl, async (source) => {
      const [rows] = await source.query(
        `SELECT COUNT(*) AS views FROM mdl_logstore_standard_log WHERE courseid = 5 AND contextlevel = 70 AND action = 'viewed'
          AND component NOT IN ('mod_resource', 'mod_page', 'mod_forum', 'mod_quiz', 'mod_assign', 'mod_url')
          AND timecreated >= ${day.start} AND timecreated < ${day.end}`,
      );
      return (rows as { views: number }[])[0]?.views;
    });
    const row = await databases.warehouse
      .selectFrom('user_activity_etl')
      .select(['other_views', 'active_days'])
      .where('moodle_course_id', '=', 5)
      .executeTakeFirstOrThrow();
    expect(row).toEqual({ other_views: others, active_days: 1 });
    expect(others).toBeGreaterThanOrEqual(3);
  });

  it('a merge whose ledger does not close fails, and the date keeps its figures', async () => {
    await run();
    const before = { ledger: await stored(), course: await mostViewed() };
    await sql`UPDATE activity_counts_etl SET quiz_views = quiz_views + 1`.execute(databases.warehouse);
    await expect(run({ batches: ['main_etl'] })).rejects.toThrow(
      /^The ledger of 2024-01-15 does not close: .* If workers of two versions run, stop the older ones\. /,
    );
    expect({ ledger: await stored(), course: await mostViewed() }).toEqual(before);
  });

  it('a ledger that closes is rejected if the merged rows have another sum of views than it says', async () => {
    await run();
    const ledger = (await stored()) as Ledger;
    const check = (checked: Ledger) =>
      inTransaction(databases.warehouse, (trx) => requireClosed(trx, DATE, checked));
    await check(ledger);
    await expect(check({ ...ledger, counted: ledger.counted + 1, read: ledger.read + 1 })).rejects.toThrow(
      `counted is ${ledger.counted + 1}, but the merged rows have ${ledger.counted} views`,
    );
  });

  it('a repeated merge writes only the courses whose reason, views or names changed', async () => {
    const ids = async () => {
      const rows = await databases.warehouse
        .selectFrom('left_out_courses')
        .select(['id', 'moodle_course_id'])
        .orderBy('moodle_course_id')
        .execute();
      return new Map(rows.map((row) => [Number(row.moodle_course_id), row.id]));
    };
    await run();
    const course = await mostViewed();
    const first = await ids();
    expect(first.size).toBeGreaterThan(0);
    await moodle(`UPDATE mdl_course SET visible = 0 WHERE id = ${course.id}`);
    await run({ batches: ['main_etl'] });
    const second = await ids();
    expect([...second.keys()].filter((id) => !first.has(id))).toEqual([course.id]);
    for (const [id, row] of first) expect(second.get(id)).toBe(row);

    await moodle(`UPDATE mdl_course SET visible = 1 WHERE id = ${course.id}`);
    await run({ batches: ['main_etl'] });
    expect(await ids()).toEqual(first);
  });

  it('a course that several reasons are true of is left out for the first of them', async () => {
    await run();
    const course = await mostViewed();
    await moodle(`UPDATE mdl_course SET visible = 0, category = 999999 WHERE id = ${course.id}`);
    await run({ batches: ['main_etl'] });
    expect(await stored()).toEqual(await documented());
    expect(await leftOut(course.id)).toMatchObject({ reason: 'course_hidden', views: course.views });
  });
});

describe('a ledger', () => {
  const closed: Ledger = {
    read: 10,
    counted: 4,
    left_out: {
      not_an_activity_view: 6,
      no_course: 0,
      other_module: 0,
      course_deleted: 0,
      course_hidden: 0,
      without_category: 0,
      category_without_idnumber: 0,
    },
  };

  it('a ledger has a fault if its parts do not add up, or if one is below zero', () => {
    expect(ledgerFault(closed)).toBeUndefined();
    expect(ledgerFault({ ...closed, read: 11 })).toBe('11 rows were read, but its parts add up to 10');
    const negative = { ...closed.left_out, no_course: -1, other_module: 1 };
    expect(ledgerFault({ ...closed, left_out: negative })).toBe('no_course is -1');
  });
});
