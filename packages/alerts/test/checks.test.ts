import { fillFailureCodes, type Warehouse } from '@etl/warehouse';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Alert, Check } from '../src/alert.ts';
import { failedRunChecks } from '../src/checks/failed-runs.ts';
import { lateDateChecks } from '../src/checks/late-dates.ts';
import { restatementChecks } from '../src/checks/restatements.ts';
import { openScratchWarehouse, writeMerge } from './support.ts';

const CONFIG = { ETL_TIMEZONE: 'Asia/Jakarta', ETL_CATCH_UP_DAYS: 3 };

let warehouse: Warehouse;
let close: () => Promise<void>;

beforeEach(async () => {
  ({ warehouse, close } = await openScratchWarehouse());
});

afterEach(() => close());

/** The alerts that these checks open. */
const alertsOf = (checks: readonly Check[]) =>
  checks.filter((check) => check.isFiring) as unknown as readonly Alert[];

const firing = (checks: readonly Check[]) =>
  checks.filter(({ isFiring }) => isFiring).map(({ cause }) => cause);
const clear = (checks: readonly Check[]) =>
  checks.filter(({ isFiring }) => !isFiring).map(({ cause }) => cause);

it('a date is late if nothing has ever run for it, and stays an alert beyond the days that are caught up', async () => {
  await sql`UPDATE kysely_migration SET timestamp = '2024-01-14T20:00:00.000Z'`.execute(warehouse);
  const at = (now: string) => lateDateChecks(warehouse, [], CONFIG, new Date(now));
  // The tables are created on the 15th, in Jakarta.
  expect(await at('2024-01-16T16:59:59Z')).toEqual([]);
  const [check] = await at('2024-01-16T17:00:00Z');
  expect(check).toEqual({
    cause: 'late:2024-01-15',
    isFiring: true,
    message: 'Figures of 2024-01-15 are missing. They were due by the end of 2024-01-16 (Asia/Jakarta).',
  });
  // Three days are caught up; the first date is alerted already.
  const much = await lateDateChecks(
    warehouse,
    alertsOf([check as Check]),
    CONFIG,
    new Date('2024-02-01T00:00:00Z'),
  );
  expect(firing(much)).toEqual(['late:2024-01-28', 'late:2024-01-29', 'late:2024-01-30', 'late:2024-01-15']);
});

it('an alert of a late date is resolved when the figures of the whole day are complete', async () => {
  await sql`UPDATE kysely_migration SET timestamp = '2024-01-15T00:00:00.000Z'`.execute(warehouse);
  const check = () => lateDateChecks(warehouse, [], CONFIG, new Date('2024-01-17T00:00:00Z'));
  await writeMerge(warehouse, '2024-01-15', 1, { provisional: true });
  expect(firing(await check())).toEqual(['late:2024-01-15']);
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'a fault' });
  await writeMerge(warehouse, '2024-01-15', 2);
  expect(firing(await check())).toEqual(['late:2024-01-15']);
  await writeMerge(warehouse, '2024-01-15', 1);
  expect(clear(await check())).toEqual(['late:2024-01-15']);
});

it('an alert of failed runs is resolved when no date of it has failed with that error any more', async () => {
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'Statement 17 took too long' });
  await writeMerge(warehouse, '2024-01-16', 3, { error: 'Statement 18 took too long' });
  await writeMerge(warehouse, '2024-01-17', 3, { error: 'A column is missing' });
  const checks = await failedRunChecks(warehouse, []);
  expect(checks).toEqual([
    {
      cause: expect.stringMatching(/^runs:[0-9a-f]{12}$/),
      isFiring: true,
      message: 'The run of 2024-01-15 and 1 more has failed: Statement 17 took too long',
      dates: ['2024-01-15', '2024-01-16'],
    },
    {
      cause: expect.stringMatching(/^runs:[0-9a-f]{12}$/),
      isFiring: true,
      message: 'The run of 2024-01-17 has failed: A column is missing',
      dates: ['2024-01-17'],
    },
  ]);
  const [slow, column] = firing(checks);
  const known = alertsOf(checks);

  // While the date is run again, its alert stays as it is.
  await writeMerge(warehouse, '2024-01-17', 2);
  expect(await failedRunChecks(warehouse, known)).toHaveLength(1);
  await sql`UPDATE log_scheduler SET status = 1, active_key = NULL WHERE status = 2`.execute(warehouse);
  await writeMerge(warehouse, '2024-01-15', 1);
  expect(clear(await failedRunChecks(warehouse, known))).toEqual([column]);
  expect(firing(await failedRunChecks(warehouse, known))).toEqual([slow]);
  await writeMerge(warehouse, '2024-01-16', 3, { code: 'CANCELLED' });
  expect(clear(await failedRunChecks(warehouse, known))).toEqual([slow, column]);
});

it('a failure older than a day is not alerted any more, unless it was alerted before', async () => {
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'a fault' });
  const known = alertsOf(await failedRunChecks(warehouse, []));
  await sql`UPDATE log_scheduler SET finished_at = finished_at - INTERVAL 2 DAY, failed_at = failed_at - INTERVAL 2 DAY`.execute(
    warehouse,
  );
  expect(await failedRunChecks(warehouse, [])).toEqual([]);
  expect(firing(await failedRunChecks(warehouse, known))).toHaveLength(1);
});

it.each(['CANCELLED', 'SOURCE_PURGED', 'ETL_WINDOW_EXPIRED'])(
  'a run that failed with %s is not alerted',
  async (code) => {
    await writeMerge(warehouse, '2024-01-15', 3, { error: 'a fault', code });
    expect(await failedRunChecks(warehouse, [])).toEqual([]);
  },
);

it('a run that a process of a former version ended is alerted once its failure code is filled', async () => {
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'a fault' });
  const known = alertsOf(await failedRunChecks(warehouse, []));
  await sql`UPDATE log_scheduler SET failure_code = NULL, failed_at = NULL`.execute(warehouse);
  expect(await failedRunChecks(warehouse, [])).toEqual([]);
  expect(clear(await failedRunChecks(warehouse, known))).toEqual([]);
  await fillFailureCodes(warehouse);
  expect(firing(await failedRunChecks(warehouse, []))).toHaveLength(1);
});

it('a failed batch is not mended by another batch of its date', async () => {
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'A column is missing' });
  const failed = await failedRunChecks(warehouse, []);
  await writeMerge(warehouse, '2024-01-15', 1, { batch: 'user_counts' });
  expect(firing(await failedRunChecks(warehouse, alertsOf(failed)))).toEqual(firing(failed));
  await writeMerge(warehouse, '2024-01-15', 1);
  expect(clear(await failedRunChecks(warehouse, alertsOf(failed)))).toEqual(firing(failed));
});

it('a live run that failed makes no alert, and resolves none', async () => {
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'a fault', trigger: 'live' });
  expect(await failedRunChecks(warehouse, [])).toEqual([]);
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'A column is missing' });
  await writeMerge(warehouse, '2024-01-15', 3, { error: 'another fault', trigger: 'live' });
  const checks = await failedRunChecks(warehouse, []);
  expect(checks).toMatchObject([
    { isFiring: true, message: 'The run of 2024-01-15 has failed: A column is missing' },
  ]);
  await writeMerge(warehouse, '2024-01-15', 1, { provisional: true, trigger: 'live' });
  expect(clear(await failedRunChecks(warehouse, alertsOf(checks)))).toEqual(firing(checks));
});

it('provisional figures of a live run do not end the alert of a late date', async () => {
  await sql`UPDATE kysely_migration SET timestamp = '2024-01-15T00:00:00.000Z'`.execute(warehouse);
  const check = () => lateDateChecks(warehouse, [], CONFIG, new Date('2024-01-17T00:00:00Z'));
  await writeMerge(warehouse, '2024-01-15', 1, { provisional: true, trigger: 'live' });
  expect(firing(await check())).toEqual(['late:2024-01-15']);
});

it('a final date whose views changed by more than the limit is alerted for a day', async () => {
  const restate = (id: number, before: number, now: number, hoursAgo = 0) =>
    sql`INSERT INTO restatements (id, extraction_date, run_id, replaced_run_id, restated_at, why, old_total_views, new_total_views, courses)
      VALUES (${id}, '2024-01-15', 'new', 'old', NOW(3) - INTERVAL ${sql.lit(hoursAgo)} HOUR, 'late_rows,course_changed', ${before}, ${now}, 1)`.execute(
      warehouse,
    );
  const check = (known: readonly Alert[] = [], percent = 5) =>
    restatementChecks(warehouse, known, { ETL_RESTATEMENT_ALERT_PERCENT: percent });
  await restate(1, 1000, 1050);
  await restate(2, 1000, 1051);
  await restate(3, 1000, 949);
  await restate(4, 0, 1);
  await restate(5, 0, 0);
  await restate(6, 1000, 0, 25);
  const checks = await check();
  expect(firing(checks)).toEqual(['restatement:2', 'restatement:3', 'restatement:4']);
  expect(alertsOf(checks).map(({ message }) => message)).toEqual([
    'A run changed the final figures of 2024-01-15 by 5.1 %: 1000 views became 1051 (late_rows, course_changed).',
    'A run changed the final figures of 2024-01-15 by 5.1 %: 1000 views became 949 (late_rows, course_changed).',
    'A run changed the final figures of 2024-01-15: 0 views became 1 (late_rows, course_changed).',
  ]);
  expect(firing(await check([], 100))).toEqual(['restatement:4']);

  await sql`UPDATE restatements SET restated_at = restated_at - INTERVAL 25 HOUR`.execute(warehouse);
  expect(await check(alertsOf(checks))).toEqual(
    ['restatement:2', 'restatement:3', 'restatement:4'].map((cause) => ({ cause, isFiring: false })),
  );
});
