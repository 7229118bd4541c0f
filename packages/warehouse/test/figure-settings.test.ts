import { randomUUID } from 'node:crypto';
import { dayOf, type FigureSettings } from '@etl/core';
import { type Scratch, scratchDatabase } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  adoptSettings,
  claimBatch,
  failActiveRows,
  holdSameSettings,
  insertRun,
  inTransaction,
  madeWithOtherSettings,
  migrate,
  openWarehouse,
  requeueFailed,
  rowsOfRun,
  storedSettings,
  storeMissingSettings,
  type Warehouse,
} from '../src/index.ts';

const JAKARTA: FigureSettings = {
  ETL_TIMEZONE: 'Asia/Jakarta',
  ETL_STUDENT_ROLE_IDS: [5],
  ETL_TEACHER_ROLE_IDS: [3, 4],
};
const UTC: FigureSettings = { ...JAKARTA, ETL_TIMEZONE: 'UTC' };
const DATE = '2024-01-15';

let database: Scratch<string>;
let warehouse: Warehouse;

beforeEach(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value }, { connections: 4, statementSeconds: 60 });
  await migrate(warehouse);
});

afterEach(async () => {
  await warehouse.destroy();
  await database.remove();
});

const compare = (settings: FigureSettings) =>
  inTransaction(warehouse, (trx) => holdSameSettings(trx, settings));

async function start(settings: FigureSettings, date = DATE) {
  const runId = randomUUID();
  const [row] = await insertRun(
    warehouse,
    {
      runId,
      settings,
      day: dayOf(date, settings.ETL_TIMEZONE),
      trigger: 'api',
      requestedBy: 'test',
      force: false,
      batches: [{ batch: 'activity_counts', jobId: `${runId}-activity`, limitSize: 1000 }],
    },
    60,
  );
  return { runId, schedulerId: row?.schedulerId ?? 0, batch: 'activity_counts' as const };
}

const DIFFERS = {
  code: 'SETTINGS_DIFFER',
  message:
    'ETL_TIMEZONE is UTC here, and Asia/Jakarta in the warehouse. Set the stored value here, or change what is stored: pnpm etl settings --adopt',
  details: { ETL_TIMEZONE: 'ETL_TIMEZONE is UTC here, and Asia/Jakarta in the warehouse' },
};

describe('the settings of figures', () => {
  it('the first worker stores its settings, and a later worker does not change them', async () => {
    expect(await storedSettings(warehouse)).toEqual({});
    expect(await storeMissingSettings(warehouse, JAKARTA)).toEqual(JAKARTA);
    expect(await storeMissingSettings(warehouse, UTC)).toEqual(JAKARTA);
    await expect(compare(UTC)).rejects.toMatchObject(DIFFERS);
  });

  it('settings are the same if role ids differ only in their order', async () => {
    await storeMissingSettings(warehouse, JAKARTA);
    await compare({ ...JAKARTA, ETL_TEACHER_ROLE_IDS: [4, 3, 3] });
    await expect(compare({ ...JAKARTA, ETL_TEACHER_ROLE_IDS: [4] })).rejects.toMatchObject({
      message: expect.stringContaining('ETL_TEACHER_ROLE_IDS is 4 here, and 3,4 in the warehouse'),
    });
  });

  it('all stored settings are of one worker if two workers with other settings start at the same moment', async () => {
    const others: FigureSettings = { ...UTC, ETL_STUDENT_ROLE_IDS: [9], ETL_TEACHER_ROLE_IDS: [8] };
    const seen = await Promise.all(
      [JAKARTA, others, JAKARTA, others].map((settings) => storeMissingSettings(warehouse, settings)),
    );
    const stored = await storedSettings(warehouse);
    expect([JAKARTA, others]).toContainEqual(stored);
    for (const one of seen) expect(one).toEqual(stored);
  });

  it('a process whose settings differ cannot start a run, and no row is inserted', async () => {
    await storeMissingSettings(warehouse, JAKARTA);
    await expect(start(UTC)).rejects.toMatchObject(DIFFERS);
    const { rows } = await sql`SELECT id FROM log_scheduler`.execute(warehouse);
    expect(rows).toEqual([]);
  });

  it('a worker whose settings differ cannot claim a batch, and another worker can', async () => {
    await storeMissingSettings(warehouse, JAKARTA);
    const job = await start(JAKARTA);
    expect(await claimBatch(warehouse, { ...job, settings: UTC }, 60)).toEqual({
      kind: 'settings_differ',
      why: DIFFERS.message,
    });
    expect(await claimBatch(warehouse, { ...job, settings: JAKARTA }, 60)).toMatchObject({ kind: 'claimed' });
  });

  it('a run of another time zone fails at its first claim', async () => {
    const job = await start(UTC);
    await storeMissingSettings(warehouse, JAKARTA);
    expect(await claimBatch(warehouse, { ...job, settings: JAKARTA }, 60)).toMatchObject({ kind: 'refused' });
    const [row] = await rowsOfRun(warehouse, job.runId);
    expect(row).toMatchObject({
      status: 3,
      active_key: null,
      error_details:
        'SETTINGS_DIFFER: the run was started for days in UTC, and days are now those of Asia/Jakarta. Start a new run of the date.',
    });
  });

  it('a command changes the stored settings, but not while a run is queued or in progress', async () => {
    await storeMissingSettings(warehouse, JAKARTA);
    const job = await start(JAKARTA);
    await expect(adoptSettings(warehouse, UTC, 'jane')).rejects.toMatchObject({
      code: 'ETL_ALREADY_RUNNING',
      details: { run_id: job.runId },
    });
    expect(await storedSettings(warehouse)).toEqual(JAKARTA);
    await inTransaction(warehouse, (trx) =>
      failActiveRows(trx, job.runId, { code: 'CANCELLED', why: 'Cancelled by jane' }),
    );
    expect(await adoptSettings(warehouse, UTC, 'jane')).toEqual(JAKARTA);
    expect(await storedSettings(warehouse)).toEqual(UTC);
    // A retry would extract the day of the former zone under the same date.
    await expect(
      requeueFailed(warehouse, job.runId, { leaseSeconds: 60, settings: UTC }),
    ).rejects.toMatchObject({ code: 'SETTINGS_DIFFER' });
  });

  it('a process whose roles differ cannot retry a run, which stays as it is', async () => {
    await storeMissingSettings(warehouse, JAKARTA);
    const job = await start(JAKARTA);
    await inTransaction(warehouse, (trx) => failActiveRows(trx, job.runId, { code: 'ERROR', why: 'broken' }));
    const settings = { ...JAKARTA, ETL_STUDENT_ROLE_IDS: [9] };
    await expect(requeueFailed(warehouse, job.runId, { leaseSeconds: 60, settings })).rejects.toMatchObject({
      code: 'SETTINGS_DIFFER',
      details: { ETL_STUDENT_ROLE_IDS: 'ETL_STUDENT_ROLE_IDS is 9 here, and 5 in the warehouse' },
    });
    expect(await rowsOfRun(warehouse, job.runId)).toMatchObject([{ status: 3, active_key: null }]);
    expect(await requeueFailed(warehouse, job.runId, { leaseSeconds: 60, settings: JAKARTA })).toEqual([
      'activity_counts',
    ]);
  });

  it('settings cannot change while a run starts: one of the two waits and then fails', async () => {
    await storeMissingSettings(warehouse, JAKARTA);
    for (let round = 0; round < 20; round++) {
      const date = Temporal.PlainDate.from(DATE).add({ days: round }).toString();
      const [from, to] = round % 2 === 0 ? [JAKARTA, UTC] : [UTC, JAKARTA];
      await adoptSettings(warehouse, from, 'test');
      const [started, adopted] = await Promise.allSettled([
        start(from, date),
        adoptSettings(warehouse, to, 'jane'),
      ]);
      expect([started.status, adopted.status].toSorted(), date).toEqual(['fulfilled', 'rejected']);
      if (started.status === 'fulfilled') {
        await inTransaction(warehouse, (trx) =>
          failActiveRows(trx, started.value.runId, { code: 'ERROR', why: 'ended' }),
        );
      }
    }
  });
});

describe('an upgrade', () => {
  /** A completed row of version 0.2.0. */
  const completed = (batch: string, finishedAt: string, details: object) =>
    sql`
    INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date,
      trigger_type, requested_by, details, finished_at)
    VALUES (${randomUUID()}, 'job', ${batch}, ${DATE}, 1000, 1, ${`${DATE} 00:00:00`}, ${`${DATE} 23:59:59`},
      'schedule', 'schedule', ${JSON.stringify(details)}, ${finishedAt})`.execute(warehouse);

  /** Undoes the newest migrations, and runs them again. */
  async function upgrade(): Promise<Partial<FigureSettings>> {
    await sql`DROP TABLE etl_settings`.execute(warehouse);
    await sql`DELETE FROM kysely_migration WHERE name >= '0008'`.execute(warehouse);
    await migrate(warehouse);
    return storedSettings(warehouse);
  }

  it('an upgrade stores the settings of the newest completed runs, and none of the PHP system', async () => {
    const roles = { students: [5, 9], teachers: [3] };
    await completed('activity_counts', '2024-01-16 02:00:00', { time_zone: 'UTC' });
    await completed('activity_counts', '2024-02-16 02:00:00', { time_zone: 'Asia/Jakarta' });
    await completed('activity_counts', '2024-03-16 02:00:00', { time_zone: 'Europe/Berlin', adopted: true });
    await completed('user_counts', '2024-02-16 02:00:00', { time_zone: 'Asia/Jakarta', roles });
    await completed('user_counts', '2024-03-16 02:00:00', { time_zone: 'Europe/Berlin', adopted: true });
    expect(await upgrade()).toEqual({
      ETL_TIMEZONE: 'Asia/Jakarta',
      ETL_STUDENT_ROLE_IDS: [5, 9],
      ETL_TEACHER_ROLE_IDS: [3],
    });
  });

  it('an upgrade leaves unknown settings to the first worker', async () => {
    await completed('activity_counts', '2024-02-16 02:00:00', { time_zone: 'Asia/Jakarta' });
    expect(await upgrade()).toEqual({ ETL_TIMEZONE: 'Asia/Jakarta' });
    // A worker that differs in a known setting does not store the others.
    const other = { ...UTC, ETL_STUDENT_ROLE_IDS: [9] };
    expect(await storeMissingSettings(warehouse, other)).toEqual({ ETL_TIMEZONE: 'Asia/Jakarta' });
    expect(await storeMissingSettings(warehouse, JAKARTA)).toEqual(JAKARTA);
  });

  it('an upgrade gives each merge the roles of the user counts that it merged', async () => {
    const details = { time_zone: 'UTC', loaded: 7 };
    const roles = (student: number) => ({ students: [student], teachers: [3, 4] });
    await completed('user_counts', '2024-01-16 02:00:00', { ...details, roles: roles(5) });
    await completed('main_etl', '2024-01-16 02:00:01', details);
    await completed('user_counts', '2024-01-17 02:00:00', { ...details, roles: roles(9) });
    await completed('main_etl', '2024-01-17 02:00:00', details);
    await completed('main_etl', '2024-01-15 02:00:00', details);
    await completed('main_etl', '2024-01-18 02:00:00', { ...details, adopted: true });
    await upgrade();
    await upgrade();
    const { rows } = await sql<{ details: string }>`
      SELECT details FROM log_scheduler WHERE batch_name = 'main_etl' ORDER BY id`.execute(warehouse);
    const found = rows.map((row) => JSON.parse(row.details));
    expect(found).toEqual([
      { ...details, roles: roles(5) },
      { ...details, roles: roles(9) },
      details,
      { ...details, adopted: true },
    ]);
    const stored = { ...UTC, ETL_STUDENT_ROLE_IDS: [5] };
    // Unknown settings and rows of the PHP system are not marked.
    expect(found.map((one) => madeWithOtherSettings(one, stored))).toEqual([false, true, false, false]);
    expect(madeWithOtherSettings({ time_zone: 'Asia/Jakarta', adopted: true }, stored)).toBe(false);
    expect(madeWithOtherSettings({ time_zone: 'Asia/Jakarta' }, stored)).toBe(true);
  });

  it('an upgrade stores no settings if no run has completed', async () => {
    expect(await upgrade()).toEqual({});
  });
});
