import { dayOf, today, VIEW_KINDS } from '@etl/core';
import { fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import { activityCountsOf, completedRow } from '@etl/warehouse';
import type { KyselyPlugin } from 'kysely';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Databases, openDatabases, runBatches, SETTINGS } from './support.ts';

const DATE = '2024-01-15';
const TODAY = today('UTC', new Date());
const day = dayOf(DATE, 'UTC');

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
  await withConnection(databases.sourceUrl, (source) =>
    fillSampleMoodle(source, {
      ...SAMPLE_DEFAULTS,
      courses: 60,
      rowsPerDay: 3000,
      dates: [DATE],
      timeZone: 'UTC',
    }),
  );
});

afterAll(() => databases?.close());

/** The only number of the only row of a query on the source. */
async function sourceCount(sql: string): Promise<number> {
  const [rows] = await withConnection(databases.sourceUrl, (source) => source.query<RowDataPacket[]>(sql));
  return Number(Object.values(rows[0] ?? {})[0]);
}

describe('findings of a batch', () => {
  it('the findings of a batch are the numbers of rows read, counted and left out, by reason', async () => {
    const found = await runBatches(databases, DATE, 'UTC');
    const ofDay = `FROM mdl_logstore_standard_log WHERE timecreated >= ${day.start} AND timecreated < ${day.end}`;
    const view = "contextlevel = 70 AND action = 'viewed'";
    const kinds = VIEW_KINDS.map(({ component }) => `'${component}'`).join(', ');
    const rows = {
      read: await sourceCount(`SELECT COUNT(*) ${ofDay}`),
      counted: await sourceCount(
        `SELECT COUNT(*) ${ofDay} AND ${view} AND courseid <> 0 AND component IN (${kinds})`,
      ),
      left_out: {
        not_an_activity_view: await sourceCount(`SELECT COUNT(*) ${ofDay} AND NOT (${view})`),
        no_course: await sourceCount(`SELECT COUNT(*) ${ofDay} AND ${view} AND COALESCE(courseid, 0) = 0`),
        other_module: await sourceCount(
          `SELECT COUNT(*) ${ofDay} AND ${view} AND courseid <> 0 AND component NOT IN (${kinds})`,
        ),
      },
    };
    expect(rows.left_out.no_course).toBeGreaterThan(0);
    expect(found.get('activity_counts')).toMatchObject({ rows });

    const joined = 'FROM mdl_course c LEFT JOIN mdl_course_categories k ON k.id = c.category WHERE';
    expect(found.get('main_etl')).toMatchObject({
      log_rows: rows.read,
      rows: {
        read: await sourceCount('SELECT COUNT(*) FROM mdl_course'),
        counted: await sourceCount(`SELECT COUNT(*) ${joined} c.visible = 1 AND k.idnumber IS NOT NULL`),
        left_out: {
          hidden: await sourceCount('SELECT COUNT(*) FROM mdl_course WHERE visible = 0'),
          without_category: 1,
          category_without_idnumber: await sourceCount(
            `SELECT COUNT(*) ${joined} c.visible = 1 AND k.id IS NOT NULL AND k.idnumber IS NULL`,
          ),
        },
      },
    });
  });

  it('the findings of a batch are provisional until a run starts after the end of the day', async () => {
    const found = await runBatches(databases, TODAY, 'UTC');
    expect(found.get('activity_counts')).toMatchObject({ provisional: true });
    expect(found.get('main_etl')).toMatchObject({ provisional: true });
    const past = await runBatches(databases, DATE, 'UTC');
    expect(past.get('main_etl')).toMatchObject({ provisional: false });
  });

  it('stay provisional if only the merge runs again', async () => {
    await runBatches(databases, TODAY, 'UTC');
    const merged = await runBatches(databases, TODAY, 'UTC', { batches: ['main_etl'] });
    expect(merged.get('main_etl')).toMatchObject({ provisional: true });
  });

  it('contain the time of the merged enrolment counts', async () => {
    await runBatches(databases, DATE, 'UTC');
    const counted = await completedRow(databases.warehouse, 'user_counts', DATE);
    const merged = await runBatches(databases, DATE, 'UTC', { batches: ['main_etl'] });
    const asOf = counted?.details.user_counts_as_of ?? '';
    // Enrolments are counted after the start of the batch.
    expect(asOf >= (counted?.started_at?.slice(0, 19) ?? '')).toBe(true);
    expect(merged.get('main_etl')).toMatchObject({ user_counts_as_of: asOf });
  });
});

it('the category tree is copied, and changes with the source', async () => {
  const copied = () =>
    databases.warehouse.selectFrom('course_categories_etl').selectAll().orderBy('id').execute();
  const original = async () => {
    const [rows] = await withConnection(databases.sourceUrl, (source) =>
      source.query<RowDataPacket[]>(
        'SELECT id, parent, depth, path, idnumber, name FROM mdl_course_categories ORDER BY id',
      ),
    );
    return rows;
  };
  await runBatches(databases, DATE, 'UTC');
  expect(await copied()).toEqual(await original());
  await withConnection(databases.sourceUrl, async (source) => {
    await source.query("UPDATE mdl_course_categories SET name = 'Renamed', idnumber = NULL WHERE id = 3");
    await source.query('DELETE FROM mdl_course_categories WHERE id = 5');
    await source.query("UPDATE mdl_course_categories SET path = '/1/2/99' WHERE id = 6");
  });
  await runBatches(databases, DATE, 'UTC');
  expect(await copied()).toEqual(await original());
});

it('other role ids count other users', async () => {
  const roles = { students: [1, 4], teachers: [5] };
  await runBatches(databases, DATE, 'UTC', { settings: { ...SETTINGS, roles } });
  const [expected] = await withConnection(databases.sourceUrl, (source) =>
    source.query<RowDataPacket[]>(
      `SELECT ctx.instanceid AS courseid,
         COUNT(DISTINCT CASE WHEN ra.roleid IN (1, 4) THEN ra.userid END) AS num_students,
         COUNT(DISTINCT CASE WHEN ra.roleid = 5 THEN ra.userid END) AS num_teachers
       FROM mdl_role_assignments ra JOIN mdl_context ctx ON ra.contextid = ctx.id
       WHERE ctx.contextlevel = 50 GROUP BY ctx.instanceid ORDER BY ctx.instanceid`,
    ),
  );
  const loaded = await databases.warehouse
    .selectFrom('user_counts_etl')
    .select(['courseid', 'num_students', 'num_teachers'])
    .where('extraction_date', '=', DATE)
    .orderBy('courseid')
    .execute();
  expect(loaded).toEqual(expected);
});

it('a merge reads both counts on one snapshot while one of them is loaded again', async () => {
  await runBatches(databases, DATE, 'UTC');
  const before = await databases.warehouse
    .selectFrom('user_activity_etl')
    .select(['moodle_course_id', 'num_students', 'total_views'])
    .orderBy('moodle_course_id')
    .execute();
  let loadedAgain = 0;
  const afterFirstRead: KyselyPlugin = {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      if (loadedAgain === 0 && result.rows.some((row) => 'file_views' in row)) {
        loadedAgain += 1;
        await databases.warehouse
          .updateTable('user_counts_etl')
          .set({ num_students: 777 })
          .where('extraction_date', '=', DATE)
          .execute();
      }
      return result;
    },
  };
  await runBatches({ ...databases, warehouse: databases.warehouse.withPlugin(afterFirstRead) }, DATE, 'UTC', {
    batches: ['main_etl'],
  });
  expect(loadedAgain).toBe(1);
  const merged = databases.warehouse
    .selectFrom('user_activity_etl')
    .select(['moodle_course_id', 'num_students', 'total_views'])
    .orderBy('moodle_course_id');
  expect(await merged.execute()).toEqual(before);
});

describe('purged days', () => {
  const counted = () => activityCountsOf(databases.warehouse, DATE);
  const run = (force: boolean, timeZone = 'UTC') =>
    runBatches(databases, DATE, timeZone, { batches: ['activity_counts'], force });

  it('a day whose log rows the source has lost is extracted again only with force', async () => {
    await run(true);
    const before = await counted();
    await withConnection(databases.sourceUrl, (source) =>
      source.query('DELETE FROM mdl_logstore_standard_log WHERE timecreated BETWEEN ? AND ? LIMIT 1', [
        day.start,
        day.end - 1,
      ]),
    );
    await expect(run(false)).rejects.toThrow("the source no longer holds that day's logs");
    expect(await counted()).toEqual(before);
    await databases.warehouse.deleteFrom('log_scheduler').where('active_key', 'is not', null).execute();
    await run(true);
    // The next run is compared with the forced one.
    await run(false);
  });

  it('a day whose log rows the source has lost is compared in the zone of the earlier run', async () => {
    await run(true);
    await databases.warehouse.deleteFrom('log_scheduler').where('active_key', 'is not', null).execute();
    // This day begins and ends hours earlier, and the sample has fewer rows of it. None is lost.
    await run(false, 'Asia/Tokyo');
    await run(true);
    const before = await counted();
    await withConnection(databases.sourceUrl, (source) =>
      source.query('DELETE FROM mdl_logstore_standard_log'),
    );
    await expect(run(false, 'Asia/Tokyo')).rejects.toThrow("the source no longer holds that day's logs");
    expect(await counted()).toEqual(before);
  });
});
