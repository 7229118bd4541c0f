import { createPhpTables, documentedTables as documentedTablesOf, withConnection } from '@etl/local-stack';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { documentedTables, loadedTables, openSystem, post, SMALL_SAMPLE, type System } from './system.ts';

/** Moodle has the whole log of the first day and the second. It has deleted the log of the third. */
const [KEPT, CUT, CLEANED_UP] = ['2024-01-15', '2024-01-14', '2023-12-30'] as const;

// The institution and the PHP system have another time zone than the server.
const ZONE = { name: 'Asia/Jakarta', offset: '+07:00' };

let system: System;

beforeAll(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    {
      sample: { ...SMALL_SAMPLE, dates: [CUT, KEPT], timeZone: ZONE.name },
      env: { ETL_TIMEZONE: ZONE.name },
      leftBehind: async (connection, sourceUrl) => {
        await createPhpTables(connection);
        const [columns] = await connection.query<RowDataPacket[]>('SHOW COLUMNS FROM activity_counts_etl');
        const phpColumns = new Set(columns.map(({ Field }) => Field));
        for (const date of [CUT, KEPT]) {
          const start = Date.parse(`${date}T00:00:00${ZONE.offset}`) / 1000;
          const day = { date, timeZone: ZONE.offset, start, end: start + 86_400 };
          const source = new URL(sourceUrl).pathname.slice(1);
          const { activity_counts_etl: counts } = await withConnection(sourceUrl, (moodle) =>
            documentedTablesOf(moodle, source, day),
          );
          for (const row of counts) {
            const known = Object.entries(row).filter(([column]) => phpColumns.has(column));
            await connection.query('INSERT INTO activity_counts_etl SET ?', {
              ...Object.fromEntries(known),
              extraction_date: date,
            });
          }
        }
        // A merge of the PHP system keeps one course of each category.
        await connection.query(
          `INSERT INTO user_activity_etl (course_id, course_shortname, num_students, file_views, total_views, active_days, extraction_date)
           VALUES ('F1', 'LOG', 4, 5, 5, 1, ?), ('F1', 'LOG', 4, 6, 6, 1, ?), ('F1', 'LOG', 4, 7, 7, 1, ?)`,
          [KEPT, CUT, CLEANED_UP],
        );
      },
    },
  );
  await system.startGateway();
  await system.startWorker();
});

afterAll(() => system?.close());

const views = async (date: string) => {
  const { body } = await system.call<{ data: { total_views: number }[] }>(`results/${date}`);
  return body.data.map(({ total_views }) => total_views);
};

const runAgain = async (date: string, force = false) => {
  expect((await system.call('run_pipeline', post({ date, force }))).code).toBe(202);
  return system.runEnd(date);
};

const failureOf = async (date: string) => {
  const { body } = await system.call<{ data: { batches: { activity_counts: { error_details: string } } } }>(
    `status?date=${date}`,
  );
  return body.data.batches.activity_counts.error_details;
};

it('a run keeps figures of the PHP system if Moodle has deleted the log of the day', async () => {
  expect(await views(CLEANED_UP)).toEqual([7]);
  expect(await runAgain(CLEANED_UP)).toBe('failed');
  expect(await failureOf(CLEANED_UP)).toMatch(/SOURCE_PURGED.*0 of 7 log rows/);
  expect(await views(CLEANED_UP)).toEqual([7]);
  // A second request is refused at once. A request with `force` is done.
  expect((await system.call('run_pipeline', post({ date: CLEANED_UP }))).body).toMatchObject({
    code: 'SOURCE_PURGED',
  });
  expect(await runAgain(CLEANED_UP, true)).toBe('completed');
  expect(Math.max(...(await views(CLEANED_UP)))).toBe(0);
});

it('a run keeps figures of the PHP system if Moodle has deleted part of the log of the day', async () => {
  const dayStart = Date.parse(`${CUT}T00:00:00${ZONE.offset}`) / 1000;
  await withConnection(system.sourceUrl, (source) =>
    source.query(
      'DELETE FROM mdl_logstore_standard_log WHERE timecreated >= ? ORDER BY timecreated LIMIT 20',
      [dayStart],
    ),
  );
  expect(await runAgain(CUT)).toBe('failed');
  expect(await failureOf(CUT)).toMatch(/SOURCE_PURGED.* views are left/);
  expect(await views(CUT)).toEqual([6]);
});

it('a single merge cannot replace figures of the PHP system with incomplete counts', async () => {
  expect((await system.call('run_user_counts', post({ date: CUT }))).code).toBe(202);
  expect(await system.runEnd(CUT)).toBe('completed');
  const { code, body } = await system.call('run_main_etl', post({ date: CUT }));
  expect([code, body.code]).toEqual([409, 'ETL_PREREQUISITES_MISSING']);
  expect(await views(CUT)).toEqual([6]);
});

it('a run replaces figures of the PHP system if Moodle has the whole log of the day', async () => {
  expect(await views(KEPT)).toEqual([5]);
  expect(await runAgain(KEPT)).toBe('completed');
  expect(await loadedTables(system, KEPT)).toEqual(await documentedTables(system, KEPT, ZONE.offset));
  expect((await views(KEPT)).length).toBeGreaterThan(20);
});
