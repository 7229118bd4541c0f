import { createPhpTables, withConnection } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { documentedTables, loadedTables, openSystem, post, SMALL_SAMPLE, type System } from './system.ts';

/** Of the one Moodle has the log, of the others no longer. */
const [KEPT, CLEANED_UP, HALF_KEPT] = ['2024-01-15', '2023-12-30', '2023-12-31'] as const;

let system: System;

beforeAll(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    {
      // The institution's day, which is that of the PHP system, is not that of the server.
      sample: { ...SMALL_SAMPLE, timeZone: 'Asia/Jakarta' },
      env: { ETL_TIMEZONE: 'Asia/Jakarta' },
      leftBehind: async (connection) => {
        await createPhpTables(connection);
        await connection.query(
          `INSERT INTO user_activity_etl (course_id, course_shortname, num_students, file_views, total_views, active_days, extraction_date)
           VALUES ('F1', 'LOG', 4, 5, ?, 1, ?), ('F1', 'LOG', 4, 7, 7, 1, ?), ('F1', 'LOG', 4, 9, 9, 1, ?)`,
          [SMALL_SAMPLE.rowsPerDay, KEPT, CLEANED_UP, HALF_KEPT],
        );
        // What was counted, and lost in the merge: another course of the same category.
        await connection.query(
          'INSERT INTO activity_counts_etl (courseid, file_views, active_days, extraction_date) VALUES (7, 9, 1, ?), (8, 90, 1, ?)',
          [HALF_KEPT, HALF_KEPT],
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

it('figures of the PHP system whose logs Moodle has cleaned up are not put out of their place', async () => {
  expect(await views(CLEANED_UP)).toEqual([7]);
  expect(await runAgain(CLEANED_UP)).toBe('failed');
  const { body } = await system.call<{ data: { batches: { activity_counts: { error_details: string } } } }>(
    `status?date=${CLEANED_UP}`,
  );
  expect(body.data.batches.activity_counts.error_details).toContain('SOURCE_PURGED');
  expect(await views(CLEANED_UP)).toEqual([7]);
  // Asked for again it is refused at once, and done where somebody insists.
  expect((await system.call('run_pipeline', post({ date: CLEANED_UP }))).body).toMatchObject({
    code: 'SOURCE_PURGED',
  });
  expect(await runAgain(CLEANED_UP, true)).toBe('completed');
  expect(Math.max(...(await views(CLEANED_UP)))).toBe(0);
});

it('so are those of which Moodle has a part: what was counted once is the measure, not what was left of it in a merge', async () => {
  const evening = Date.parse(`${HALF_KEPT}T20:00:00+07:00`) / 1000;
  await withConnection(system.sourceUrl, (source) =>
    source.query(
      `UPDATE mdl_logstore_standard_log SET timecreated = ? WHERE timecreated > 0 ORDER BY id LIMIT 50`,
      [evening],
    ),
  );
  expect(await runAgain(HALF_KEPT)).toBe('failed');
  expect(await views(HALF_KEPT)).toEqual([9]);
});

it('those of days that Moodle still has are replaced by whole ones', async () => {
  expect(await views(KEPT)).toEqual([SMALL_SAMPLE.rowsPerDay]);
  expect(await runAgain(KEPT)).toBe('completed');
  expect(await loadedTables(system, KEPT)).toEqual(await documentedTables(system, KEPT, '+07:00'));
  expect((await views(KEPT)).length).toBeGreaterThan(20);
});
