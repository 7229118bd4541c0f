import { createPhpTables, withConnection } from '@etl/local-stack';
import { unmigrate } from '@etl/warehouse';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';

const PHP_ROWS = [
  `INSERT INTO activity_counts_etl (courseid, file_views, active_days, extraction_date) VALUES (7, 5, 1, '2023-12-31'), (8, NULL, 1, '2023-12-31')`,
  `INSERT INTO user_counts_etl (courseid, num_students, num_teachers, extraction_date) VALUES (7, 4, 1, '2023-12-31')`,
  `INSERT INTO user_activity_etl (course_id, id_number, course_name, course_shortname, num_students, file_views, total_views,
     avg_activity_per_student_per_day, active_days, extraction_date, created_at, updated_at) VALUES
     ('F3', '', 'art', 'art', 1, 2, 2, 2.00, 1, '2023-12-29', '2023-12-30 02:00:00', '2023-12-30 02:00:00'),
     ('F1', 'L1', 'Logic', 'LOG', 4, 5, 5, 1.25, 1, '2023-12-30', '2023-12-31 02:00:00', '2023-12-31 02:00:00'),
     ('F2', NULL, 'Art', 'ART', 0, 3, 3, 0.00, 1, '2023-12-30', NULL, NULL),
     ('F2', '', 'Art', 'ART', 2, 0, 0, 0.00, 0, '2023-12-31', '2024-01-01 02:00:00', '2024-01-01 02:00:00'),
     ('F1', 'L1', 'Logic', 'LOG', 5, 10, 10, 2.00, 1, '2023-12-31', '2024-01-01 02:00:00', '2024-01-01 02:00:00'),
     ('F3', '', 'art', 'art', 1, 1, 1, 1.00, 1, '2023-12-31', '2024-01-01 02:00:00', '2024-01-01 02:00:00'),
     (NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, 0, '2023-12-31', '2024-01-01 02:00:00', '2024-01-01 02:00:00')`,
  `INSERT INTO log_scheduler (batch_name, status, start_date) VALUES ('main_etl', 1, '2023-12-31 00:00:00')`,
];

let gateway: Gateway;
let database: string;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    {
      prepare: (url) => {
        database = url;
        return withConnection(url, async (connection) => {
          await createPhpTables(connection);
          for (const statement of PHP_ROWS) await connection.query(statement);
        });
      },
    },
  );
});

afterAll(() => gateway?.close());

const get = async (path: string) =>
  (await gateway.app.inject({ url: `${API}/${path}`, headers: { authorization: `Bearer ${TOKEN}` } })).json();

const rows = (sql: string) =>
  withConnection(database, async (connection) => (await connection.query<RowDataPacket[]>(sql))[0]);

describe('database of the PHP system', () => {
  it('serves its results: every row, numbers and texts unchanged', async () => {
    const first = await get('results/2023-12-30');
    expect(first).toMatchObject({
      count: 2,
      provisional: false,
      settings_differ: false,
      user_counts_as_of: null,
    });
    expect(first.data).toMatchObject([
      {
        course_id: 'F1',
        id_number: 'L1',
        course_shortname: 'LOG',
        total_views: 5,
        avg_activity_per_student_per_day: 1.25,
        moodle_course_id: null,
        // 02:00 UTC in Jakarta's time zone.
        created_at: '2023-12-31 09:00:00',
      },
      // Without students there is no average. The PHP system wrote 0.00.
      { course_id: 'F2', id_number: '', total_views: 3, avg_activity_per_student_per_day: null },
    ]);
    // The PHP system may not have finished its last date.
    expect(await get('results/2023-12-31')).toMatchObject({ count: 4, provisional: true });
    expect((await get('export?date=2023-12-31&limit=2')).data).toHaveLength(2);
    expect(await get('status')).toMatchObject({ data: { last_completed_date: '2023-12-31' } });
  });

  it('identifies its courses by their short names, over all dates', async () => {
    const { data, totals, missing_dates } = await get(
      'summary?from=2023-12-29&to=2023-12-31&group_by=course',
    );
    expect(missing_dates).toEqual([]);
    expect(totals).toMatchObject({ courses: 4, total_views: 21, num_students: 8 });
    const byName = Object.fromEntries(
      data.map((row: { course_shortname: string }) => [row.course_shortname, row]),
    );
    expect(byName).toMatchObject({
      LOG: { total_views: 15, num_students: 5, active_days: 2, moodle_course_id: null },
      ART: { total_views: 3, num_students: 2, active_days: 1 },
      art: { total_views: 3, active_days: 2 },
    });
  });

  it('a database of the PHP system keeps its tables unchanged, under other names', async () => {
    expect(await rows('SELECT COUNT(*) AS n FROM php_user_activity_etl')).toEqual([{ n: 7 }]);
    expect(await rows('SELECT batch_name, status FROM php_log_scheduler')).toEqual([
      { batch_name: 'main_etl', status: 1 },
    ]);
    expect(await rows('SELECT courseid, file_views FROM activity_counts_etl ORDER BY courseid')).toEqual([
      { courseid: 7, file_views: 5 },
      { courseid: 8, file_views: 0 },
    ]);
    expect(await rows('SELECT num_students FROM user_counts_etl')).toEqual([{ num_students: 4 }]);
  });

  it('a database of the PHP system keeps every course of a category from now on', async () => {
    const courses = [2, 3, 4].map((id) => ({ ...course(id), course_id: 'F1' }));
    await mergeRows(gateway, '2023-12-31', courses);
    const { data, count } = await get('results/2023-12-31');
    expect(count).toBe(3);
    expect(data).toMatchObject([
      { course_id: 'F1', moodle_course_id: 2 },
      { course_id: 'F1', moodle_course_id: 3 },
      { course_id: 'F1', moodle_course_id: 4 },
    ]);
  });

  it('a database of the PHP system gets its tables back when the migration is reverted', async () => {
    await unmigrate(gateway.warehouse);
    expect(await rows('SELECT COUNT(*) AS n FROM user_activity_etl')).toEqual([{ n: 7 }]);
    expect(await rows('SELECT COUNT(*) AS n FROM log_scheduler')).toEqual([{ n: 1 }]);
    expect(await rows("SHOW TABLES LIKE 'php%'")).toEqual([]);
  });
});
