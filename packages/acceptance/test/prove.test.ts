import { withConnection } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openSystem, type System } from './system.ts';

const DATE = '2024-01-15';
/** Epoch seconds. */
const NOON = Date.parse(`${DATE}T12:00:00Z`) / 1000;
const TODAY = Temporal.Now.plainDateISO('UTC').toString();

let system: System;

beforeAll(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  const worker = await system.startWorker();
  expect(await system.etl('pipeline', DATE)).toMatchObject({ code: 0 });
  expect(await system.etl('pipeline', TODAY)).toMatchObject({ code: 0 });
  // A proof needs neither a worker nor Redis.
  await worker.end('SIGTERM');
});

afterAll(() => system?.close());

const change = (url: string, statement: string) =>
  withConnection(url, (connection) => connection.query(statement));

it('prove counts a date again in Moodle, and exits with 0 if nothing differs', async () => {
  const { code, output } = await system.etl('prove', DATE);
  expect(code).toBe(0);
  const rows = await system.rows(
    `SELECT moodle_course_id FROM user_activity_etl WHERE extraction_date = '${DATE}'
     UNION SELECT courseid FROM activity_counts_etl WHERE extraction_date = '${DATE}'`,
  );
  expect(rows.length).toBeGreaterThan(20);
  expect(output).toContain(`${rows.length} courses, ${rows.length * 8} counts, 0 differences\n`);
  expect(output).toContain('Changed since: nothing');
  for (const line of output.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
});

it('without a date prove takes a final date, and none that is provisional', async () => {
  expect((await system.etl('prove')).output).toContain(`${DATE} in UTC`);
  expect(await system.etl('prove', TODAY)).toMatchObject({
    code: 2,
    output: expect.stringContaining(`${TODAY} cannot be proved: its figures are provisional`),
  });
  expect(await system.etl('prove', '2023-01-01')).toMatchObject({ code: 2 });
});

it('prove exits with 1 if a count differs, names it, and says how many log rows came later', async () => {
  await change(
    system.sourceUrl,
    `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel,
       contextinstanceid, userid, courseid, timecreated)
     VALUES ('mod_quiz', 'viewed', 0, 1, 70, 1, 1, 20, ${NOON})`,
  );
  const { code, output } = await system.etl('prove', DATE);
  expect(code).toBe(1);
  expect(output).toMatch(/course 20: quiz_views is \d+, Moodle has \d+/);
  expect(output).toContain('Moodle has 1 more log rows of the date than the run read.');
  const json = await system.etl('prove', DATE, '--json');
  expect(json.code).toBe(1);
  expect(JSON.parse(json.output).data.differences).toContainEqual(
    expect.objectContaining({ moodle_course_id: 20, metric: 'quiz_views' }),
  );
});

it('what changed since is no difference, and a purged date cannot be proved', async () => {
  await change(system.sourceUrl, `DELETE FROM mdl_logstore_standard_log ORDER BY id DESC LIMIT 1`);
  await change(system.sourceUrl, 'UPDATE mdl_course SET visible = 0 WHERE id = 20');
  const hidden = await system.etl('prove', DATE);
  expect(hidden).toMatchObject({ code: 0, output: expect.stringContaining('0 differences') });
  expect(hidden.output).toContain('visibility 1');
  await change(
    system.sourceUrl,
    `DELETE FROM mdl_logstore_standard_log
     WHERE timecreated BETWEEN ${NOON - 43_200} AND ${NOON + 43_199} LIMIT 3`,
  );
  const purged = await system.etl('prove', DATE);
  expect(purged.code).toBe(3);
  expect(purged.output).toMatch(/cannot be proved: Moodle has deleted log rows of the date/);
  expect(purged.output).not.toContain('--force');
  const json = await system.etl('prove', DATE, '--json');
  expect(json.code).toBe(3);
  expect(JSON.parse(json.output)).toMatchObject({ status: false, code: 'SOURCE_PURGED' });
});
