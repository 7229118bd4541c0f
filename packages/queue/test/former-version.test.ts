import { BATCHES } from '@etl/core';
import { waitUntil } from '@etl/local-stack';
import { dateRecords } from '@etl/warehouse';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import type { Reconciler } from '../src/index.ts';
import { type Harness, openHarness, startReconcilerAt } from './support.ts';

const CANCELLED = '2024-01-13';
const BROKEN = '2024-01-14';
const NIGHT = new Date('2024-01-15T03:00:00Z');

let harness: Harness;
let reconciler: Reconciler;

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

/** A run of the schedule that version 0.2.0 failed: without a failure code. */
async function failAsFormerVersion(date: string, why: string): Promise<void> {
  for (const batch of BATCHES) {
    await sql`INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date,
        trigger_type, requested_by, details, error_details, attempt, finished_at)
      VALUES (${date}, ${`${date}-${batch}`}, ${batch}, ${date}, 1, 3, ${date}, ${date}, 'schedule', 'schedule',
        '{"time_zone":"UTC"}', ${why}, 1, NOW(3))`.execute(harness.warehouse);
  }
}

const recordOf = async (date: string) => (await dateRecords(harness.warehouse, [date])).get(date);

it('during an upgrade the schedule retries a run that the former version failed, and not one that it cancelled', async () => {
  await failAsFormerVersion(CANCELLED, 'Cancelled by jane');
  await failAsFormerVersion(BROKEN, 'A column is missing');
  reconciler = startReconcilerAt(harness, () => NIGHT);
  await waitUntil(async () => (await recordOf(BROKEN))?.isActive === true, 'the failed run to be retried');
  expect(await recordOf(CANCELLED)).toMatchObject({
    isActive: false,
    newestRun: {
      runId: CANCELLED,
      failures: BATCHES.map(() => ({ code: 'CANCELLED', why: 'Cancelled by jane' })),
    },
  });
  expect(await recordOf(BROKEN)).toMatchObject({ newestRun: { runId: BROKEN, failures: [] } });
});
