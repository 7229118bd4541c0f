import { waitUntil } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type Reconciler, startRun } from '../src/index.ts';
import { type Harness, openHarness, startReconcilerAt } from './support.ts';

let harness: Harness;
let reconciler: Reconciler;
/** The time by the clock of the warehouse: years behind that of this process. */
let warehouseTime: Date;

beforeEach(async () => {
  harness = await openHarness(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { startWorkers: false, leaseSeconds: 1 },
  );
});

afterEach(async () => {
  await reconciler?.stop();
  await harness?.close();
});

const dates = async () => {
  const rows = await harness.warehouse
    .selectFrom('log_scheduler')
    .select(['extraction_date', 'trigger_type'])
    .distinct()
    .orderBy('extraction_date')
    .execute();
  return rows.map((row) => `${row.extraction_date} ${row.trigger_type}`);
};

/** A date that has completed. The dates after it are missing. */
async function complete(date: string): Promise<void> {
  await sql`INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date,
      trigger_type, requested_by, details, finished_at)
    VALUES ('a', 'a', 'main_etl', ${date}, 1, 1, ${date}, ${date}, 'schedule', 'schedule', '{"time_zone":"UTC"}', NOW(3))`.execute(
    harness.warehouse,
  );
}

it('no night is lost if the clocks of all workers are wrong, and no date is run before its day is over', async () => {
  await complete('2024-01-13');
  warehouseTime = new Date('2024-01-15T03:00:00Z');
  reconciler = startReconcilerAt(harness, () => warehouseTime);
  await waitUntil(async () => (await dates()).includes('2024-01-14 schedule'), 'the first night');
  warehouseTime = new Date('2024-01-16T02:00:00Z');
  await waitUntil(async () => (await dates()).includes('2024-01-15 schedule'), 'the second night');
  expect(await dates()).toEqual(['2024-01-13 schedule', '2024-01-14 schedule', '2024-01-15 schedule']);
  expect(() => reconciler.checkClock()).toThrow("ahead of the warehouse's clock");
  expect(await harness.queues.schedule.getJobSchedulers()).toEqual([]);
});

it('the first night of a new warehouse is run if the clocks of all workers are wrong', async () => {
  warehouseTime = new Date('2024-01-15T03:00:00Z');
  reconciler = startReconcilerAt(harness, () => warehouseTime);
  await waitUntil(async () => (await dates()).length > 0, 'the first night');
  expect(await dates()).toEqual(['2024-01-14 schedule']);
  expect(() => reconciler.checkClock()).toThrow("ahead of the warehouse's clock");
});

it.each(['schedule', 'catch_up'] as const)(
  'the schedule cannot start or claim a run of a day that is not over: %s',
  async (trigger) => {
    const request = { kind: 'pipeline', date: '2024-01-15', trigger, requestedBy: 'schedule' } as const;
    const at = (time: string) => ({ ...harness.control, now: () => new Date(time) });
    await expect(startRun(at('2024-01-15T23:59:59Z'), request)).rejects.toThrow(
      '2024-01-15 has not ended yet',
    );
    expect(await dates()).toEqual([]);

    // A process of version 0.2.0 whose clock was ahead started it.
    const run = await startRun(at('2024-01-16T02:00:00Z'), request);
    harness.control.now = () => new Date('2024-01-15T12:00:00Z');
    harness.startWorkers();
    expect((await harness.ended(run.runId))?.rows).toMatchObject(
      [1, 2, 3].map(() => ({
        status: 3,
        attempt: 0,
        error_details: expect.stringContaining('has not ended yet'),
      })),
    );
    expect(harness.ran).toEqual([]);
  },
);
