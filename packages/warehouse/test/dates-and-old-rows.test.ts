import { datesBetween } from '@etl/core';
import { type Scratch, scratchDatabase, waitForLockWait } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  completedRow,
  dateRecords,
  deleteLogData,
  firstDates,
  isPurged,
  lastCompletedDate,
  lastFinalDate,
  migrate,
  openWarehouse,
  type Warehouse,
} from '../src/index.ts';

let database: Scratch<string>;
let warehouse: Warehouse;

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value }, { connections: 2, statementSeconds: 60 });
  await migrate(warehouse);
});

beforeEach(() => warehouse.deleteFrom('log_scheduler').execute());

afterAll(async () => {
  await warehouse?.destroy();
  await database?.remove();
});

/** Inserts a row that is `age` days old. Rows finished in the order of the calls, unless `finished` says otherwise. */
let minutes = 0;
async function row(
  name: string,
  of: {
    date?: string;
    batch?: string;
    status: number;
    age: number;
    finished?: number | null;
    details?: object;
    trigger?: string;
    run?: string;
  },
): Promise<void> {
  const { date = '2024-01-15', batch = 'main_etl', status, age, trigger = 'api' } = of;
  minutes += 1;
  const { finished = minutes } = of;
  await sql`INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date,
      end_date, trigger_type, requested_by, details, active_key, finished_at, created_at)
    VALUES (${of.run ?? name}, ${name}, ${batch}, ${date}, 1, ${status}, ${date}, ${date}, ${trigger}, 'test',
      ${JSON.stringify({ time_zone: 'UTC', ...of.details })}, ${status === 2 || status === 4 ? name : null},
      ${status === 1 && finished !== null ? sql`'2024-02-01 00:00:00' + INTERVAL ${finished} MINUTE` : null},
      NOW() - INTERVAL ${age} DAY)`.execute(warehouse);
}

const left = async () => {
  const rows = await warehouse.selectFrom('log_scheduler').select('job_id').orderBy('id').execute();
  return rows.map(({ job_id }) => job_id);
};

describe('deleting log data', () => {
  it('rows older than the retention are deleted, except active ones and the newest completed row of a batch and date', async () => {
    await row('replaced', { status: 1, age: 100 });
    await row('finished last though started first', {
      batch: 'user_counts',
      status: 1,
      age: 102,
      finished: 900,
    });
    await row('finished first', { batch: 'user_counts', status: 1, age: 101, finished: 800 });
    await row('failed long ago', { status: 3, age: 95 });
    await row('completed last', { status: 1, age: 94 });
    await row('failed since', { status: 3, age: 93 });
    await row('queued for months', { status: 4, age: 92, date: '2024-01-16' });
    await row('in progress for months', { status: 2, age: 92, date: '2024-01-17' });
    await row('of another date', { status: 1, age: 91, date: '2024-01-18' });
    await row('failed within the retention', { status: 3, age: 89 });
    await row('replaced within the retention', { status: 1, age: 80, date: '2024-01-19' });
    await row('replacing it', { status: 1, age: 79, date: '2024-01-19' });
    expect(await deleteLogData(warehouse, 90)).toBe(4);
    expect(await left()).toEqual([
      'finished last though started first',
      'completed last',
      'queued for months',
      'in progress for months',
      'of another date',
      'failed within the retention',
      'replaced within the retention',
      'replacing it',
    ]);
    expect(await deleteLogData(warehouse, 90)).toBe(0);
  });

  it('the row that says that a date is purged is kept until a newer one has read the log', async () => {
    await row('counted', { batch: 'activity_counts', status: 1, age: 100 });
    await row('purged, found first', { batch: 'activity_counts', status: 3, age: 96 });
    await row('purged', { batch: 'activity_counts', status: 3, age: 95 });
    await row('failed since', { batch: 'activity_counts', status: 3, age: 94 });
    await sql`UPDATE log_scheduler SET failure_code = IF(job_id LIKE 'purged%', 'SOURCE_PURGED', 'ERROR'),
        finished_at = '2024-02-02 00:00:00' + INTERVAL id MINUTE, failed_at = finished_at WHERE status = 3`.execute(
      warehouse,
    );
    expect(await deleteLogData(warehouse, 90)).toBe(2);
    expect(await left()).toEqual(['counted', 'purged']);
    expect(await isPurged(warehouse, '2024-01-15')).toBe(true);
    await row('forced', { batch: 'activity_counts', status: 1, age: 93, finished: 100_000 });
    expect(await isPurged(warehouse, '2024-01-15')).toBe(false);
    expect(await deleteLogData(warehouse, 90)).toBe(2);
    expect(await left()).toEqual(['forced']);
  });

  it('a failed row that completes while old rows are deleted is kept', async () => {
    await row('failed, then retried', { status: 3, age: 93 });
    const retry = await warehouse.startTransaction().execute();
    await sql`UPDATE log_scheduler SET status = 1, finished_at = NOW(3)`.execute(retry);
    const deleting = deleteLogData(warehouse, 90);
    await waitForLockWait(database.value, 'the deletion to wait for the row');
    await retry.commit().execute();
    expect(await deleting).toBe(0);
    expect(await left()).toEqual(['failed, then retried']);
  });
});

describe('newest completed row of a date', () => {
  it('the newest completed row of a date is the one that finished last, and of two that finished together the one with the greater id', async () => {
    await row('last', { status: 1, age: 93, finished: 900 });
    await row('last, too', { status: 1, age: 92, finished: 900 });
    await row('earlier', { status: 1, age: 91, finished: 800, details: { provisional: true } });
    expect((await completedRow(warehouse, 'main_etl', '2024-01-15'))?.job_id).toBe('last, too');
    expect((await dateRecords(warehouse, ['2024-01-15'])).get('2024-01-15')?.isFinal).toBe(true);
    expect(await lastFinalDate(warehouse)).toBe('2024-01-15');
    await deleteLogData(warehouse, 90);
    expect(await left()).toEqual(['last, too']);
  });

  it('the newest completed row of a date is a row without a time of its end only if the date has no other completed row', async () => {
    const provisional = { provisional: true };
    await row('no time', { status: 1, age: 93, finished: null, details: provisional });
    await row('with a time', { status: 1, age: 92 });
    await row('no time, later', { status: 1, age: 91, finished: null, details: provisional });
    await row('alone', { status: 1, age: 91, finished: null, date: '2024-01-14' });
    expect((await completedRow(warehouse, 'main_etl', '2024-01-15'))?.job_id).toBe('with a time');
    const records = await dateRecords(warehouse, ['2024-01-14', '2024-01-15']);
    expect([...records.values()].map(({ isFinal }) => isFinal)).toEqual([true, true]);
    expect(await lastFinalDate(warehouse)).toBe('2024-01-15');
    await deleteLogData(warehouse, 90);
    expect(await left()).toEqual(['with a time', 'alone']);
  });
});

it('provisional figures of a newer date do not hide which date is the newest final one', async () => {
  await row('final', { status: 1, age: 2, date: '2024-01-15' });
  await row('provisional', { status: 1, age: 1, date: '2024-01-16', details: { provisional: true } });
  expect(await lastCompletedDate(warehouse)).toBe('2024-01-16');
  expect(await lastFinalDate(warehouse)).toBe('2024-01-15');
});

describe('the record of a date', () => {
  it('a date record says whether the date is final, active and scheduled, and how its newest run failed', async () => {
    await row('a', { status: 3, age: 1, date: '2024-01-01', trigger: 'schedule', run: 'first' });
    await row('b', {
      status: 1,
      age: 1,
      date: '2024-01-01',
      trigger: 'catch_up',
      run: 'second',
      batch: 'user_counts',
    });
    await row('c', { status: 1, age: 1, date: '2024-01-01', trigger: 'catch_up', run: 'second' });
    await row('d', { status: 1, age: 1, date: '2024-01-02', details: { provisional: true } });
    await row('e', { status: 2, age: 1, date: '2024-01-03', batch: 'user_counts' });
    await row('f', { status: 1, age: 1, date: '2024-01-04', batch: 'user_counts' });
    await row('g', { status: 3, age: 1, date: '2024-01-06', run: 'third' });
    await row('h', { status: 1, age: 1, date: '2024-01-06', run: 'fourth', batch: 'user_counts' });
    const records = await dateRecords(warehouse, datesBetween('2024-01-01', '2024-01-31'));
    expect(records.get('2024-01-01')).toEqual({
      isFinal: true,
      isActive: false,
      wasScheduled: true,
      failures: [],
      newestRun: {
        runId: 'second',
        trigger: 'catch_up',
        timeZone: 'UTC',
        createdAt: expect.any(Number),
        batches: ['user_counts', 'main_etl'],
        failures: [],
      },
    });
    expect(records.get('2024-01-02')).toMatchObject({ isFinal: false, wasScheduled: false });
    expect(records.get('2024-01-03')).toMatchObject({ isFinal: false, isActive: true });
    expect(records.get('2024-01-04')).toMatchObject({ isFinal: false, isActive: false });
    expect(records.get('2024-01-05')).toBeUndefined();
    // Another batch does not resolve the failure of the merge.
    expect(records.get('2024-01-06')).toMatchObject({
      failures: [{ code: 'UNKNOWN', why: '' }],
      newestRun: { runId: 'fourth', failures: [] },
    });
    expect([...(await dateRecords(warehouse, ['2024-01-02', '2024-01-03'])).keys()]).toEqual([
      '2024-01-02',
      '2024-01-03',
    ]);
    expect(await firstDates(warehouse)).toEqual({ completed: '2024-01-01', scheduled: '2024-01-01' });
  });

  it('no date is the first of a warehouse without runs', async () => {
    expect(await firstDates(warehouse)).toEqual({ completed: undefined, scheduled: undefined });
  });
});
