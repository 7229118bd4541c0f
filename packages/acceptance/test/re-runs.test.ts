import { withConnection } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { loadedTables, openSystem, post, type System } from './system.ts';

const DATE = '2024-01-15';
const RE_RUNS = 50;
const servers = { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') };

let system: System;

interface StatusData {
  etl_status: string;
  batches: Record<string, { status: string }>;
}

beforeAll(async () => {
  system = await openSystem(servers);
  await system.startGateway();
  await system.startWorker();
});

afterAll(() => system?.close());

async function run(target: System): Promise<void> {
  expect((await target.call('run_pipeline', post({ date: DATE, force: true }))).code).toBe(202);
  expect(await target.runEnd(DATE)).toBe('completed');
}

async function change(statements: string[]): Promise<void> {
  await withConnection(system.sourceUrl, async (source) => {
    for (const statement of statements) await source.query(statement);
  });
}

it('a re-run after a change of the source leaves the same rows as a first run', async () => {
  await run(system);
  const identities = () =>
    system.rows(
      'SELECT moodle_course_id, id, created_at, total_views FROM user_activity_etl WHERE extraction_date = ?',
      [DATE],
    );
  const before = await identities();

  const noon = Date.UTC(2024, 0, 15, 12) / 1000;
  const log = (course: number, component: string) =>
    `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel, contextinstanceid,
       userid, courseid, timecreated) VALUES ('${component}', 'viewed', 2, 1, 70, 1, 5, ${course}, ${noon})`;
  await change([
    // Added: views of a busy course, views of a course without any, and a new course.
    ...[log(3, 'mod_quiz'), log(3, 'mod_url'), log(41, 'mod_page')],
    `INSERT INTO mdl_course (id, category, fullname, shortname, visible) VALUES (900, 1, 'Brand new', 'NEW', 1)`,
    // Changed: a name, an idnumber of a category, a role, the time of some rows.
    `UPDATE mdl_course SET fullname = 'Renamed' WHERE id = 4`,
    `UPDATE mdl_course_categories SET idnumber = 'CHANGED' WHERE id = 2`,
    'UPDATE mdl_role_assignments SET roleid = 3 WHERE roleid = 5 ORDER BY id LIMIT 20',
    `UPDATE mdl_logstore_standard_log SET timecreated = timecreated + 86400 WHERE courseid = 6 AND timecreated >= ${noon}`,
    // Deleted: all log rows of a course, a course, and all role assignments of another course.
    'DELETE FROM mdl_logstore_standard_log WHERE courseid = 5',
    'DELETE FROM mdl_course WHERE id = 7',
    `DELETE ra FROM mdl_role_assignments ra JOIN mdl_context ctx ON ctx.id = ra.contextid
       WHERE ctx.contextlevel = 50 AND ctx.instanceid = 8`,
  ]);
  await run(system);

  const fresh = await openSystem(servers, { sample: 'empty' });
  try {
    fresh.env.MOODLE_DATABASE_URL = system.sourceUrl;
    await fresh.startGateway();
    await fresh.startWorker();
    await run(fresh);
    const loaded = await loadedTables(system, DATE);
    expect(loaded).toEqual(await loadedTables(fresh, DATE));
    expect(loaded.user_activity_etl).toContainEqual(expect.objectContaining({ moodle_course_id: 900 }));
  } finally {
    await fresh.close();
  }

  const after = await identities();
  const old = new Map(before.map((row) => [row.moodle_course_id, row]));
  const stayed = after.filter((row) => old.has(row.moodle_course_id));
  expect(stayed.length).toBeGreaterThan(20);
  for (const row of stayed) {
    expect(row).toMatchObject({ id: old.get(row.moodle_course_id)?.id });
    expect(row.created_at).toEqual(old.get(row.moodle_course_id)?.created_at);
  }
  const changed = stayed.filter((row) => row.total_views !== old.get(row.moodle_course_id)?.total_views);
  expect(changed.length).toBeGreaterThan(0);
});

it(`a reader during ${RE_RUNS} re-runs sees the old result or the new one, never a mixture or an empty day`, async () => {
  // Each re-run gives all courses the next number of views, so that rows of two runs differ.
  const setViews = (views: number) =>
    change([
      'DELETE FROM mdl_logstore_standard_log',
      ...Array.from(
        { length: views },
        () =>
          `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel,
             contextinstanceid, userid, courseid, timecreated)
           SELECT 'mod_page', 'viewed', 2, 1, 70, 1, 5, id, ${Date.UTC(2024, 0, 15, 12) / 1000} FROM mdl_course`,
      ),
    ]);
  await setViews(1);
  await run(system);

  let reading = true;
  let reads = 0;
  const seen = new Set<number>();
  const reader = (async () => {
    while (reading) {
      const { code, body } = await system.call<{ count: number; data: { total_views: number }[] }>(
        `results/${DATE}`,
      );
      expect(code).toBe(200);
      expect(body.count).toBeGreaterThan(20);
      const views = new Set(body.data.map(({ total_views }) => total_views));
      expect([...views], 'one number of views for all courses').toHaveLength(1);
      for (const number of views) seen.add(number);
      const { body: status } = await system.call<{ data: StatusData }>(`status?date=${DATE}`);
      const batches = Object.values(status.data.batches).map((batch) => batch.status);
      // The status of the run and those of its batches agree.
      expect(status.data.etl_status === 'completed').toBe(batches.every((batch) => batch === 'completed'));
      reads += 1;
    }
  })();
  for (let round = 0; round < RE_RUNS; round++) {
    await setViews((round % 3) + 1);
    await run(system);
  }
  reading = false;
  await reader;
  expect(reads).toBeGreaterThan(RE_RUNS);
  expect([...seen].toSorted()).toEqual([1, 2, 3]);
});
