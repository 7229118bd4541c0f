import { waitUntil, withConnection } from '@etl/local-stack';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openSystem, type System } from './system.ts';

const [BEFORE, DATE] = ['2024-01-14', '2024-01-15'];
/** Epoch seconds. */
const NOON = Date.parse(`${DATE}T12:00:00Z`) / 1000;
const FIGURES = [
  ...['num_students', 'num_teachers', 'file_views', 'video_views', 'forum_views', 'quiz_views'],
  ...['assignment_views', 'url_views', 'total_views', 'avg_activity_per_student_per_day', 'active_days'],
];

let system: System;
/** The most viewed course of the date, and one that is hidden after the date before was merged. */
let busy: Record<string, number | string>;
let hidden: Record<string, number | string>;

beforeAll(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await system.startWorker();
  await system.startGateway();
  expect(await system.etl('pipeline', BEFORE)).toMatchObject({ code: 0 });
  const rows = await system.rows(
    `SELECT * FROM user_activity_etl WHERE extraction_date = '${BEFORE}' ORDER BY total_views DESC LIMIT 2`,
  );
  [busy = {}, hidden = {}] = rows as Record<string, number | string>[];
  await withConnection(system.sourceUrl, (connection) =>
    connection.query('UPDATE mdl_course SET visible = 0 WHERE id = ?', [hidden.moodle_course_id]),
  );
  expect(await system.etl('pipeline', DATE)).toMatchObject({ code: 0 });
});

afterAll(() => system?.close());

it('explain says where each figure of a course comes from, in 80 columns', async () => {
  const course = String(busy.moodle_course_id);
  const [row] = await system.rows(
    `SELECT * FROM user_activity_etl WHERE extraction_date = '${DATE}' AND moodle_course_id = ${course}`,
  );
  for (const figure of FIGURES) {
    const { code, output } = await system.etl('explain', DATE, course, figure);
    expect(code, output).toBe(0);
    const value = row?.[figure] === null ? 'none' : String(Number(row?.[figure]));
    expect(output).toMatch(new RegExp(`^Value: +${value.replace('.', '\\.')}$`, 'm'));
    for (const part of ['Definition:', 'Formula:', 'Counted:', 'Day:', 'Run:', 'Enrolments:', 'Before:'])
      expect(output, figure).toContain(part);
    for (const line of output.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  }
  const json = JSON.parse((await system.etl('explain', DATE, course, 'total_views', '--json')).output);
  const { body } = await system.call(`cells/${DATE}/${course}/total_views`);
  expect(json.data).toEqual(body.data);
});

it('explain rejects what does not exist, and names the nearest figure', async () => {
  const course = String(busy.moodle_course_id);
  const misspelt = await system.etl('explain', DATE, course, 'total_view');
  expect(misspelt).toMatchObject({ code: 2, output: expect.stringContaining('Did you mean total_views?') });
  expect(await system.etl('explain', DATE, '999999', 'total_views')).toMatchObject({ code: 2 });
  expect(await system.etl('explain', DATE, 'Logic', 'total_views')).toMatchObject({ code: 2 });
  expect(await system.etl('explain', '2023-01-01', course, 'total_views')).toMatchObject({ code: 2 });
});

describe('a course that was hidden yesterday', () => {
  it('is found by its name, with the sentence why it is not counted', async () => {
    const name = String(hidden.course_name);
    const sentence = 'The course was hidden in Moodle when the date was merged.';
    for (const range of [`from=${BEFORE}&to=${DATE}`, `from=${DATE}&to=${DATE}`]) {
      const { body } = await system.call<{ not_counted: object[] }>(
        `courses?${range}&q=${encodeURIComponent(name.toUpperCase())}`,
      );
      expect(body.not_counted).toContainEqual(
        expect.objectContaining({
          moodle_course_id: hidden.moodle_course_id,
          course_name: name,
          extraction_date: DATE,
          reason: 'course_hidden',
          sentence,
          last_date: BEFORE,
        }),
      );
    }
    const listed = await system.etl('courses', DATE, DATE, '--search', name);
    expect(listed.output).toContain(`Not counted on ${DATE}: ${name} (course ${hidden.moodle_course_id})`);
    const explained = await system.etl('explain', DATE, String(hidden.moodle_course_id), 'total_views');
    expect(explained.code).toBe(0);
    expect(explained.output).toMatch(/^Value: +none$/m);
    expect(explained.output.replaceAll(/\s+/g, ' ')).toContain(sentence);
  });

  it('without a search nothing is said about courses that are not counted', async () => {
    const { body } = await system.call(`courses?from=${DATE}&to=${DATE}`);
    expect(body.not_counted).toBeNull();
  });
});

it('a worker recounts a cell in Moodle', async () => {
  const recount = async () => {
    const { code, body } = await system.call<{ data: { recount_id: string } }>(
      `cells/${DATE}/${busy.moodle_course_id}/recount`,
      { method: 'POST', body: '{}' },
    );
    expect(code).toBe(202);
    const read = () =>
      system.call<{ data: { state: string; result: object } }>(`recounts/${body.data.recount_id}`);
    await waitUntil(async () => (await read()).body.data.state === 'completed', 'the recount to complete');
    return (await read()).body.data.result;
  };
  expect(await recount()).toMatchObject({ outcome: 'equal', run: null });
  await withConnection(system.sourceUrl, (connection) =>
    connection.query(
      `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel,
         contextinstanceid, userid, courseid, timecreated) VALUES ('mod_url', 'viewed', 0, 1, 70, 1, 1, ?, ?)`,
      [busy.moodle_course_id, NOON],
    ),
  );
  expect(await recount()).toMatchObject({
    outcome: 'differs',
    likely_reason: 'late_rows',
    counts: { url_views: { difference: 1 }, total_views: { difference: 1 } },
    run: { command: `etl pipeline ${DATE}` },
  });
  expect(await system.etl('pipeline', DATE)).toMatchObject({ code: 0 });
  expect(await recount()).toMatchObject({ outcome: 'equal' });
  const { output } = await system.etl('explain', DATE, String(busy.moodle_course_id), 'url_views');
  expect(output).toMatch(/Before: +\d+ until it was replaced \(late_rows\)/);
});
