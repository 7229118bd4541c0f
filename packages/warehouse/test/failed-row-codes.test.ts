import { randomUUID } from 'node:crypto';
import { dayOf, loadConfig } from '@etl/core';
import { type Scratch, scratchDatabase } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  cancelRows,
  claimBatch,
  dateRecords,
  failBatch,
  fillFailureCodes,
  insertRun,
  isPurged,
  migrate,
  type NewRun,
  openWarehouse,
  recordExpiredRun,
  requeueFailed,
  schedulerRows,
  type Warehouse,
} from '../src/index.ts';

const SETTINGS = loadConfig({});
const DATE = '2024-01-15';

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

function newRun(): NewRun {
  return {
    runId: randomUUID(),
    settings: SETTINGS,
    day: dayOf(DATE, 'UTC'),
    trigger: 'schedule',
    requestedBy: 'test',
    force: false,
    batches: [{ batch: 'activity_counts', jobId: 'job', limitSize: 1 }],
  };
}

/** A run that is queued. Returns its id and its row's. */
async function queuedRun() {
  const run = newRun();
  const [row] = await insertRun(warehouse, run, 60);
  return { runId: run.runId, schedulerId: row?.schedulerId as number };
}

/** The failures of the date. `scheduler_data` shows the same code. */
async function failures() {
  const found = (await dateRecords(warehouse, [DATE])).get(DATE)?.failures;
  const [row] = await schedulerRows(warehouse, { limit: 1, offset: 0 });
  expect(row?.failure_code).toBe(found?.[0]?.code ?? null);
  return found;
}

/** Ends the row as version 0.2.0 does: it writes neither `failure_code` nor `failed_at`. */
const failAsFormerVersion = (why: string) =>
  sql`UPDATE log_scheduler SET status = 3, active_key = NULL, error_details = ${why}, finished_at = NOW(3), lease_until = NULL`.execute(
    warehouse,
  );

/** Queues the row again as version 0.2.0 does. */
const requeueAsFormerVersion = () =>
  sql`UPDATE log_scheduler SET status = 4, active_key = 'a', error_details = NULL, finished_at = NULL`.execute(
    warehouse,
  );

describe('a row that ends as failed', () => {
  it('each way to fail writes its code, and a retry clears it', async () => {
    const { runId, schedulerId } = await queuedRun();
    await cancelRows(warehouse, runId, 'jane');
    expect(await failures()).toEqual([{ code: 'CANCELLED', why: 'Cancelled by jane' }]);
    await requeueFailed(warehouse, runId, { leaseSeconds: 60, settings: SETTINGS });
    expect(await failures()).toEqual([]);
    const now = new Date('2024-01-16T01:00:00Z');
    const outcome = await claimBatch(
      warehouse,
      { schedulerId, runId, batch: 'activity_counts', settings: SETTINGS },
      60,
      now,
    );
    if (outcome.kind !== 'claimed') throw new Error(`the claim is ${outcome.kind}`);
    await failBatch(warehouse, outcome.claim, { code: 'SOURCE_PURGED', why: 'lost' });
    expect(await failures()).toEqual([{ code: 'SOURCE_PURGED', why: 'lost' }]);
    expect(await isPurged(warehouse, DATE)).toBe(true);
  });

  it('a scheduled run whose window closed before its start has the code ETL_WINDOW_EXPIRED', async () => {
    await recordExpiredRun(warehouse, newRun());
    expect(await failures()).toEqual([{ code: 'ETL_WINDOW_EXPIRED', why: 'ETL time window expired' }]);
  });
});

describe('a row that a process of a former version ended', () => {
  it.each([
    ['Cancelled by jane', 'CANCELLED'],
    [
      "SOURCE_PURGED: the source no longer holds that day's logs; the stored figures were kept",
      'SOURCE_PURGED',
    ],
    ['ETL time window expired', 'ETL_WINDOW_EXPIRED'],
    ['SETTINGS_DIFFER: the run was started for days in UTC', 'SETTINGS_DIFFER'],
    ['2024-01-15 has not ended yet: the schedule extracts whole days only', 'DAY_NOT_OVER'],
    ['Not started: activity_counts failed', 'COUNTS_FAILED'],
    ['The queue gave the job up: its worker died', 'JOB_GIVEN_UP'],
    ['Failed to connect to queue', 'QUEUE_UNAVAILABLE'],
    ['Waiting for ActivityCounts and UserCounts ETL to complete', 'ETL_PREREQUISITES_MISSING'],
    ['Lost connection (ECONNRESET)', 'ERROR'],
  ])('a row that version 0.2.0 failed with "%s" gets the code %s', async (why, code) => {
    await queuedRun();
    await failAsFormerVersion(why);
    expect(await failures()).toEqual([{ code: 'UNKNOWN', why }]);
    await fillFailureCodes(warehouse);
    expect(await failures()).toEqual([{ code, why }]);
  });

  it('a row that version 0.2.0 requeued and failed does not keep its earlier code', async () => {
    const { runId } = await queuedRun();
    await cancelRows(warehouse, runId, 'jane');
    await requeueAsFormerVersion();
    expect(await failures()).toEqual([]);
    await failAsFormerVersion('A column is missing');
    expect(await failures()).toEqual([{ code: 'UNKNOWN', why: 'A column is missing' }]);
    await fillFailureCodes(warehouse);
    expect(await failures()).toEqual([{ code: 'ERROR', why: 'A column is missing' }]);
  });

  it('a failed row without a time of its end gets a code, too, so that its date is run again', async () => {
    const { runId } = await queuedRun();
    await cancelRows(warehouse, runId, 'jane');
    await failAsFormerVersion('A column is missing');
    await sql`UPDATE log_scheduler SET finished_at = NULL`.execute(warehouse);
    expect(await failures()).toEqual([{ code: 'UNKNOWN', why: 'A column is missing' }]);
    await fillFailureCodes(warehouse);
    expect(await failures()).toEqual([{ code: 'ERROR', why: 'A column is missing' }]);
  });

  it('a valid code stays, whatever the text says', async () => {
    const { runId } = await queuedRun();
    await cancelRows(warehouse, runId, 'jane');
    await sql`UPDATE log_scheduler SET error_details = 'another text'`.execute(warehouse);
    await fillFailureCodes(warehouse);
    expect(await failures()).toEqual([{ code: 'CANCELLED', why: 'another text' }]);
  });
});
