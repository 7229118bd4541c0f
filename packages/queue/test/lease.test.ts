import { randomUUID } from 'node:crypto';
import { dayOf } from '@etl/core';
import { waitUntil } from '@etl/local-stack';
import { type Claim, ClaimLost, cancelRows, claimBatch, insertRun } from '@etl/warehouse';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { keepLease, type Lease } from '../src/batches/lease.ts';
import { DATE, type Harness, log, openHarness } from './support.ts';

let harness: Harness;
let claim: Claim;
let lease: Lease;

beforeAll(async () => {
  harness = await openHarness(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { startWorkers: false },
  );
});

afterAll(() => harness?.close());

/** The state of the claimed row. */
async function row() {
  const { offset, numrow } = await harness.warehouse
    .selectFrom('log_scheduler')
    .select(['offset', 'numrow'])
    .where('id', '=', claim.schedulerId)
    .executeTakeFirstOrThrow();
  return [offset, numrow];
}

beforeEach(async () => {
  const { warehouse, settings } = harness;
  await warehouse.deleteFrom('log_scheduler').execute();
  const runId = randomUUID();
  const [queued] = await insertRun(
    warehouse,
    {
      runId,
      settings,
      day: dayOf(DATE, 'UTC'),
      trigger: 'api',
      requestedBy: 'test',
      force: false,
      batches: [{ batch: 'activity_counts', jobId: runId, limitSize: 1000 }],
    },
    60,
  );
  const schedulerId = queued?.schedulerId ?? 0;
  const outcome = await claimBatch(warehouse, { schedulerId, runId, batch: 'activity_counts', settings }, 60);
  if (outcome.kind !== 'claimed') throw new Error(outcome.kind);
  claim = outcome.claim;
  lease = keepLease(warehouse, claim, 60, log);
  return () => lease.stop();
});

describe('progress of a claimed batch', () => {
  it('reports that follow each other closely are one write, which has the newest', async () => {
    for (let done = 0; done <= 100; done++) await lease.progress(done, 300);
    expect(await row()).toEqual([0, 0]);
    await waitUntil(async () => (await row())[0] === 100, 'the heartbeat to write the progress');
    expect(await row()).toEqual([100, 300]);
  });

  it('a report is written at once if the last write is long ago', async () => {
    const began = performance.now();
    await waitUntil(async () => performance.now() - began > 600, 'half a second');
    await lease.progress(7, 300);
    expect(await row()).toEqual([7, 300]);
  });

  it('a report throws once the run is cancelled', async () => {
    await cancelRows(harness.warehouse, claim.runId, 'test');
    await waitUntil(async () => lease.lost.aborted, 'the heartbeat to notice');
    await expect(lease.progress(1, 2)).rejects.toThrow(ClaimLost);
  });

  it('a report throws if it finds the claim lost', async () => {
    await sql`UPDATE log_scheduler SET fence = fence + 1`.execute(harness.warehouse);
    const report = async () => {
      for (let done = 0; ; done++) {
        await lease.progress(done, 300);
        await row();
      }
    };
    await expect(report()).rejects.toThrow(ClaimLost);
  });
});
