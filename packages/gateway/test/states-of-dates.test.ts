import { addDays, datesBetween, today } from '@etl/core';
import { replaceCourseCategories } from '@etl/warehouse';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

const TODAY = today('Asia/Jakarta', new Date());
const TOMORROW = addDays(TODAY, 1);
const FINAL = addDays(TODAY, -6);
const PURGED = addDays(TODAY, -5);
const FAILED = addDays(TODAY, -4);
const NEVER_RAN = addDays(TODAY, -3);
const EMPTY = addDays(TODAY, -2);
const PROVISIONAL = addDays(TODAY, -1);

let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
  await gateway.warehouse.transaction().execute((trx) =>
    replaceCourseCategories(trx, [
      { id: 7, parent: 0, idnumber: 'F7', depth: 1, path: '/7', name: 'Arts' },
      { id: 8, parent: 0, idnumber: 'F8', depth: 1, path: '/8', name: 'Law' },
      { id: 9, parent: 8, idnumber: 'U9', depth: 2, path: '/8/9', name: 'Civil law' },
    ]),
  );
  const rows = [course(2), { ...course(3), category_id: 9, total_views: 5, file_views: 5 }];
  await mergeRows(gateway, FINAL, rows, { user_counts_as_of: '2024-01-16 19:00:00' });
  await mergeRows(gateway, PURGED, rows);
  await mergeRows(gateway, EMPTY, []);
  await mergeRows(gateway, PROVISIONAL, [course(2)], { provisional: true });
  await insertFailed('purged-run', PURGED, 'SOURCE_PURGED');
  await insertFailed('failed-run', FAILED, 'ERROR');
  // A former failure: the next run extracted the date.
  await insertFailed('former-run', FINAL, 'SOURCE_PURGED');
  await mergeRows(gateway, FINAL, rows, { user_counts_as_of: '2024-01-16 19:00:00' });
  await sql`INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date,
      trigger_type, requested_by, details, finished_at)
    SELECT 'recounted', 'job', 'activity_counts', ${FINAL}, 1, 1, ${FINAL}, ${FINAL}, 'api', 'test', '{"time_zone":"UTC"}', NOW(3)
    `.execute(gateway.warehouse);
});

afterAll(() => gateway?.close());

async function insertFailed(runId: string, date: string, code: string): Promise<void> {
  await sql`INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date,
      trigger_type, requested_by, details, failure_code, finished_at, failed_at)
    VALUES (${runId}, ${runId}, 'activity_counts', ${date}, 1, 3, ${date}, ${date}, 'api', 'test', '{"time_zone":"UTC"}',
      ${code}, '2024-02-01 00:00:00', '2024-02-01 00:00:00')`.execute(gateway.warehouse);
}

const read = async (path: string, token = TOKEN) => {
  const answer = await gateway.app.inject({
    url: `${API}/${path}`,
    headers: { authorization: `Bearer ${token}` },
  });
  return answer.json().data;
};

it('each date has the state of its figures, and the run that changed it last', async () => {
  const days = await read(`days?from=${FINAL}&to=${TOMORROW}`);
  expect(days.map((day: { extraction_date: string }) => day.extraction_date)).toEqual(
    datesBetween(FINAL, TOMORROW),
  );
  const told = days.map(({ state, last_run, total_views }: never) => [
    state,
    (last_run as { status: string } | null)?.status ?? null,
    total_views,
  ]);
  expect(told).toEqual([
    ['final', 'completed', 6],
    ['purged', 'failed', 6],
    ['missing', 'failed', null],
    ['missing', null, null],
    ['final', 'completed', 0],
    ['provisional', 'completed', 1],
    ['missing', null, null],
    ['future', null, null],
  ]);
  expect(days[1].last_run.run_id).toBe('purged-run');
  expect(days[0]).toMatchObject({
    // Jakarta is seven hours ahead.
    user_counts_as_of: '2024-01-17 02:00:00',
    completed_at: expect.stringMatching(new RegExp(`^${TODAY}|^${addDays(TODAY, 1)}`)),
    due_at: `${PURGED} 23:59:59`,
  });
  expect(days.at(-1)).toMatchObject({ due_at: null, completed_at: null, user_counts_as_of: null });
});

it('a point of a series has the state of its dates', async () => {
  const statesOf = async (path: string) =>
    (await read(path)).points.map(({ state }: { state: string }) => state);
  const days = await read(`days?from=${FINAL}&to=${TOMORROW}`);
  expect(await statesOf(`series?from=${FINAL}&to=${TOMORROW}`)).toEqual(
    days.map(({ state }: { state: string }) => state),
  );
  // The two dates can be in two months.
  expect(await statesOf(`series?from=${FINAL}&to=${PURGED}&interval=month`)).toContain('purged');
});

it('a purged date stays so until a run has read its log to the end', async () => {
  const state = async () => (await read(`days?from=${PURGED}&to=${PURGED}`))[0].state;
  await insertFailed('forced-run', PURGED, 'ERROR');
  expect(await state()).toBe('purged');
  await sql`UPDATE log_scheduler SET status = 4, finished_at = NULL WHERE run_id = 'forced-run'`.execute(
    gateway.warehouse,
  );
  expect(await state()).toBe('purged');
  await sql`UPDATE log_scheduler SET status = 1, finished_at = NOW(3) WHERE run_id = 'forced-run'`.execute(
    gateway.warehouse,
  );
  expect(await state()).toBe('final');
  await sql`DELETE FROM log_scheduler WHERE run_id = 'forced-run'`.execute(gateway.warehouse);
  expect(await state()).toBe('purged');
});

it('a date is late if it had no final figures by the end of the next day', async () => {
  const late = async () => {
    const days: { extraction_date: string; late: boolean }[] = await read(
      `days?from=${FINAL}&to=${TOMORROW}`,
    );
    return days.flatMap((day) => (day.late ? [day.extraction_date] : []));
  };
  // No date is due before the tables exist.
  expect(await late()).toEqual([]);
  await sql`UPDATE kysely_migration SET timestamp = ${`${addDays(TODAY, -30)}T00:00:00.000Z`}`.execute(
    gateway.warehouse,
  );
  expect(await late()).toEqual([FAILED, NEVER_RAN]);
  await mergeRows(gateway, NEVER_RAN, [course(2)], { provisional: true });
  expect(await late()).toEqual([FAILED, NEVER_RAN]);
  await mergeRows(gateway, NEVER_RAN, [course(2)]);
  expect(await late()).toEqual([FAILED]);
});

it('a viewer sees the views of its own courses, and the states of all dates', async () => {
  const viewer = await signed({ username: 'viewer', directorate: 'F8' });
  const days = await read(`days?from=${FINAL}&to=${FAILED}`, viewer);
  expect(days.map(({ state, total_views }: never) => [state, total_views])).toEqual([
    ['final', 5],
    ['purged', 5],
    ['missing', null],
  ]);
  const nobody = await read(`days?from=${FINAL}&to=${FINAL}`, await signed({ username: 'nobody' }));
  expect(nobody[0]).toMatchObject({ state: 'final', total_views: 0 });
});

it('me says who the caller is, where its scope begins, and which dates there are', async () => {
  const days: { completed_at: string | null }[] = await read(`days?from=${FINAL}&to=${PROVISIONAL}`);
  const counted = days.map(({ completed_at }) => completed_at ?? '').toSorted();
  const dates = {
    view_as: null,
    suppress_below: 0,
    time_zone: 'Asia/Jakarta',
    first_date: FINAL,
    last_completed_date: PROVISIONAL,
    last_final_date: EMPTY,
    // A date that is counted again later is older than the newest one.
    last_completed_at: counted.at(-1),
    version: expect.stringMatching(/^\d+\.\d+\.\d+/),
  };
  expect(await read('me')).toEqual({ username: 'test', role: 'administrator', scope: null, ...dates });
  const law = { id: 8, idnumber: 'F8', name: 'Law', level: 1 };
  expect(await read('me', await signed({ username: 'dean', directorate: 'F8' }))).toEqual({
    username: 'dean',
    role: 'viewer',
    scope: [law],
    ...dates,
  });
  const unit = { id: 9, idnumber: 'U9', name: 'Civil law', level: 2 };
  expect(await read('me', await signed({ username: 'head', unit: 'U9' }))).toMatchObject({ scope: [unit] });
  expect(await read('me', await signed({ username: 'nobody' }))).toMatchObject({ scope: [] });
});

it('a date beyond the years of four digits cannot be asked for, and the last one has an answer', async () => {
  const days = await read('days?from=9999-12-31&to=9999-12-31');
  expect(days).toMatchObject([{ extraction_date: '9999-12-31', state: 'future', due_at: null }]);
});
