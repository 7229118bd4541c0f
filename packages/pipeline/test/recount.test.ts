import { dayOf } from '@etl/core';
import { fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import { recount } from '@etl/proof';
import type { Connection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { type Databases, openDatabases, runBatches } from './support.ts';

const DATE = '2024-01-15';
const ZONE = 'Asia/Jakarta';
const day = dayOf(DATE, ZONE);

let databases: Databases;
/** A busy course with a merged row. */
let course: string;

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
});

beforeEach(async () => {
  await onSource((source) =>
    fillSampleMoodle(source, {
      ...SAMPLE_DEFAULTS,
      courses: 60,
      rowsPerDay: 3000,
      dates: [DATE],
      timeZone: ZONE,
    }),
  );
  await runBatches(databases, DATE, ZONE, { force: true });
  const busy = await databases.warehouse
    .selectFrom('user_activity_etl')
    .select('moodle_course_id')
    .where('extraction_date', '=', DATE)
    .orderBy('quiz_views', 'desc')
    .executeTakeFirstOrThrow();
  course = String(busy.moodle_course_id);
});

afterAll(() => databases?.close());

const onSource = <Result>(work: (connection: Connection) => Promise<Result>) =>
  withConnection(databases.sourceUrl, work);

const again = (id = course) =>
  recount(
    { ...databases, signal: new AbortController().signal },
    { extraction_date: DATE, moodle_course_id: id },
  );

const addView = (of: string) =>
  onSource((source) =>
    source.query(
      `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel,
         contextinstanceid, userid, courseid, timecreated) VALUES ('mod_quiz', 'viewed', 0, 1, 70, 1, 1, ?, ?)`,
      [of, day.start + 40_000],
    ),
  );

const loseViews = (views: number) =>
  onSource((source) =>
    source.query(
      `DELETE FROM mdl_logstore_standard_log WHERE courseid = ? AND component = 'mod_quiz' AND action = 'viewed'
         AND contextlevel = 70 AND timecreated BETWEEN ? AND ? LIMIT ?`,
      [course, day.start, day.end - 1, views],
    ),
  );

it('a recount of each course, merged or left out, is equal right after a run', async () => {
  for (let id = 1; id <= 61; id++) {
    const found = await again(String(id)).catch((error: { code: string }) => error.code);
    if (found === 'NOT_FOUND') continue;
    expect(found, `course ${id}`).toMatchObject({ outcome: 'equal', likely_reason: null, run: null });
  }
});

it('late rows of the course are the likely reason, and the answer names the run that counts them', async () => {
  await addView(course);
  const found = await again();
  expect(found).toMatchObject({
    outcome: 'differs',
    likely_reason: 'late_rows',
    counts: { quiz_views: { difference: 1 }, total_views: { difference: 1 }, file_views: { difference: 0 } },
    run: { command: `etl pipeline ${DATE}`, call: 'POST run_pipeline', body: { date: DATE } },
  });
  expect(found.log_rows.now).toBe((found.log_rows.read ?? 0) + 1);
  // It has changed nothing: only the run does.
  expect((await again()).counts).toEqual(found.counts);
  await runBatches(databases, DATE, ZONE);
  expect(await again()).toMatchObject({ outcome: 'equal' });
});

it('late rows of another course do not concern a course', async () => {
  await addView(course === '30' ? '31' : '30');
  expect(await again()).toMatchObject({ outcome: 'equal' });
});

it('after a clean-up the answer is purged, and only a forced run would replace the figures', async () => {
  await loseViews(2);
  expect(await again()).toMatchObject({
    outcome: 'purged',
    likely_reason: 'clean_up',
    counts: { quiz_views: { difference: -2 } },
    run: { command: `etl pipeline ${DATE} --force`, body: { date: DATE, force: true } },
  });
});

it('of a date that has lost log rows, the run is forced, or it is the merge alone', async () => {
  await loseViews(3);
  const other = course === '30' ? '31' : '30';
  await addView(other);
  expect(await again(other)).toMatchObject({
    outcome: 'differs',
    likely_reason: 'late_rows',
    run: { command: `etl pipeline ${DATE} --force`, body: { date: DATE, force: true } },
  });
  const { moodle_course_id: hidden } = await databases.warehouse
    .selectFrom('user_activity_etl')
    .select('moodle_course_id')
    .where('extraction_date', '=', DATE)
    .where('moodle_course_id', 'not in', [Number(course), Number(other)])
    .executeTakeFirstOrThrow();
  await onSource((source) => source.query('UPDATE mdl_course SET visible = 0 WHERE id = ?', [hidden]));
  expect(await again(String(hidden))).toMatchObject({
    likely_reason: 'course_changed',
    run: { command: `etl main_etl ${DATE}`, call: 'POST run_main_etl', body: { date: DATE } },
  });
});

it('if as many rows came as went, the clean-up is the likely reason', async () => {
  await loseViews(1);
  const other = course === '30' ? '31' : '30';
  await addView(other);
  await addView(other);
  expect(await again()).toMatchObject({ outcome: 'differs', likely_reason: 'clean_up' });
});

it('a count that was changed by hand has no likely reason', async () => {
  await databases.warehouse
    .updateTable('user_activity_etl')
    .set({ file_views: 7777 })
    .where('extraction_date', '=', DATE)
    .where('moodle_course_id', '=', course)
    .execute();
  expect(await again()).toMatchObject({ outcome: 'differs', likely_reason: 'unknown' });
});

it('a course that was hidden or has moved since has equal counts, and the answer says where a run would put it', async () => {
  await onSource((source) => source.query('UPDATE mdl_course SET visible = 0 WHERE id = ?', [course]));
  expect(await again()).toMatchObject({
    outcome: 'differs',
    likely_reason: 'course_changed',
    course: { warehouse: { row: 'counted' }, moodle: { row: 'course_hidden' } },
    run: { command: `etl pipeline ${DATE}` },
  });
  await runBatches(databases, DATE, ZONE);
  expect(await again()).toMatchObject({ outcome: 'equal', course: { warehouse: { row: 'course_hidden' } } });
  await onSource((source) =>
    source.query(
      `UPDATE mdl_course SET visible = 1,
         category = (SELECT MAX(id) FROM mdl_course_categories WHERE idnumber IS NOT NULL) WHERE id = ?`,
      [course],
    ),
  );
  expect(await again()).toMatchObject({
    likely_reason: 'course_changed',
    course: { moodle: { row: 'counted' } },
  });
});

it('what the warehouse does not know cannot be recounted', async () => {
  await expect(again('99999')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('a recount says that figures are provisional, and refuses those of the PHP system', async () => {
  const mark = (details: object) =>
    databases.warehouse
      .updateTable('log_scheduler')
      .set({ details: JSON.stringify({ time_zone: ZONE, ...details }) })
      .where('extraction_date', '=', DATE)
      .execute();
  expect(await again()).toMatchObject({ provisional: false });
  await mark({ provisional: true });
  expect(await again()).toMatchObject({ provisional: true });
  await mark({ adopted: true });
  await expect(again()).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
});
