import { readFileSync } from 'node:fs';
import path from 'node:path';
import { dayOf } from '@etl/core';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  addSampleDates,
  documentedTables,
  fillSampleMoodle,
  moveSampleTo,
  type SampleOptions,
  type Scratch,
  scratchDatabase,
  TERM_SAMPLE,
  withConnection,
} from '../src/index.ts';

const SAMPLE: SampleOptions = { ...TERM_SAMPLE, courses: 40, rowsPerDay: 200 };
const TABLES = [
  'config_plugins',
  'context',
  'course',
  'course_categories',
  'logstore_standard_log',
  'role_assignments',
].map((table) => `mdl_${table}`);

let database: Scratch<string>;
let other: Scratch<string>;

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'moodle');
  other = await scratchDatabase(inject('mysqlUrl'), 'moodle');
  await withConnection(database.value, (connection) => fillSampleMoodle(connection, SAMPLE));
});

afterAll(async () => {
  await other?.remove();
  await database?.remove();
});

const onMoodle = <T>(use: (connection: Connection) => Promise<T>) => withConnection(database.value, use);
const rowsOf = async (connection: Connection, sql: string) =>
  (await connection.query<RowDataPacket[]>(sql))[0];
/** Every row of Moodle's tables, without the ids that its inserts made. */
async function contentOf(connection: Connection) {
  const tables = [];
  for (const table of TABLES) {
    const rows = await rowsOf(connection, `SELECT * FROM ${table}`);
    tables.push([table, rows.map(({ id, ...row }) => JSON.stringify(row)).toSorted()]);
  }
  return tables;
}

it('the same options give the same Moodle, whatever dates it was brought to', async () => {
  const moved = await onMoodle(async (connection) => {
    for (const date of ['2024-01-14', '2023-12-10', '2024-01-28']) {
      await moveSampleTo(connection, SAMPLE, date);
    }
    return contentOf(connection);
  });
  const direct = await withConnection(other.value, async (connection) => {
    await fillSampleMoodle(connection, SAMPLE);
    await moveSampleTo(connection, SAMPLE, SAMPLE.term?.to ?? '');
    return contentOf(connection);
  });
  expect(moved).toEqual(direct);
  expect(await onMoodle((connection) => fillSampleMoodle(connection, SAMPLE))).toBe(false);
});

it('a term has the keys of Moodle on its log', async () => {
  const keys = await onMoodle((connection) => rowsOf(connection, 'SHOW KEYS FROM mdl_logstore_standard_log'));
  expect(new Set(keys.map(({ Key_name: name }) => name)).size).toBe(9);
});

it('an earlier date has fewer enrolments and no new course, but keeps late log rows', async () => {
  const facts = (date: string) =>
    onMoodle(async (connection) => {
      await moveSampleTo(connection, SAMPLE, date);
      const [row] = await rowsOf(
        connection,
        `SELECT (SELECT COUNT(*) FROM mdl_course) AS courses,
           (SELECT COUNT(*) FROM mdl_context) AS contexts,
           (SELECT COUNT(*) FROM mdl_role_assignments) AS enrolments,
           (SELECT COUNT(*) FROM mdl_logstore_standard_log) AS log_rows`,
      );
      return row as { courses: number; contexts: number; enrolments: number; log_rows: number };
    });
  const first = await facts('2023-12-04');
  const last = await facts('2024-01-28');
  const before = await facts('2024-01-07');
  // The new course has its own context and one for each of its seven modules.
  expect([last.courses - before.courses, last.contexts - before.contexts]).toEqual([1, 8]);
  expect(before.enrolments).toBeGreaterThan(first.enrolments);
  expect(last.enrolments).toBeGreaterThan(before.enrolments);
  expect(before.log_rows).toBe(last.log_rows);
});

it('a further date gets its log once', async () => {
  const count = () =>
    onMoodle(async (connection) => {
      await addSampleDates(connection, SAMPLE, ['2024-03-04', '2024-01-15']);
      const [row] = await rowsOf(
        connection,
        'SELECT COUNT(*) AS number, MAX(FROM_UNIXTIME(timecreated)) AS newest FROM mdl_logstore_standard_log',
      );
      return row;
    });
  const once = await count();
  expect(String(once?.newest)).toMatch(/2024/);
  expect(await count()).toEqual(once);
  expect(once?.number).toBeGreaterThan(200 * 30);
});

it("the row that the README shows is one of the demo's Moodle", async () => {
  const readme = readFileSync(path.resolve(import.meta.dirname, '../../../README.md'), 'utf8');
  const shown = JSON.parse(/^```json\n(.*?)^```/ms.exec(readme)?.[1] ?? '') as Record<string, unknown>;
  const date = shown.extraction_date as string;
  // The date's log does not depend on the other dates. The oldest one loses half of its log.
  const sample = { ...TERM_SAMPLE, dates: ['2024-01-01', date] };
  const rows = await withConnection(other.value, async (connection) => {
    await fillSampleMoodle(connection, sample);
    await moveSampleTo(connection, sample, date);
    // Jakarta's clocks never change.
    const day = { ...dayOf(date, sample.timeZone), timeZone: '+07:00' };
    return (await documentedTables(connection, new URL(other.value).pathname.slice(1), day))
      .user_activity_etl;
  });
  const row = rows.find(({ moodle_course_id: id }) => id === shown.moodle_course_id);
  const average = Number(row?.avg_activity_per_student_per_day);
  expect({ ...row, extraction_date: date, avg_activity_per_student_per_day: average }).toMatchObject(shown);
});
