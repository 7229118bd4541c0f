import { randomUUID } from 'node:crypto';
import { BATCHES, type Batch, dayOf, loadConfig, perViewKind } from '@etl/core';
import { type Scratch, scratchDatabase } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  adoptRun,
  type Claim,
  ClaimLost,
  cancelRows,
  claimBatch,
  type Failure,
  failBatch,
  failUnqueuedRun,
  fateOf,
  finishBatch,
  insertRun,
  inTransaction,
  lockClaim,
  migrate,
  openWarehouse,
  orphanedRuns,
  releaseBatch,
  renewLease,
  replaceActivityCounts,
  requeueFailed,
  runState,
  type Warehouse,
} from '../src/index.ts';

const SETTINGS = loadConfig({});

let database: Scratch<string>;
let warehouse: Warehouse;
let days = 0;

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value }, { connections: 10, statementSeconds: 60 });
  await migrate(warehouse);
});

afterAll(async () => {
  await warehouse?.destroy();
  await database?.remove();
});

/** A run of a date that no other test uses. */
async function newRun(batches: readonly Batch[] = BATCHES) {
  days += 1;
  const date = Temporal.PlainDate.from('2024-01-01').add({ days }).toString();
  return { date, ...(await runOf(date, batches)) };
}

async function runOf(date: string, batches: readonly Batch[] = BATCHES) {
  const runId = randomUUID();
  const rows = await insertRun(
    warehouse,
    {
      runId,
      settings: SETTINGS,
      day: dayOf(date, 'UTC'),
      trigger: 'api',
      requestedBy: 'test',
      force: false,
      batches: batches.map((batch) => ({ batch, jobId: `${runId}-${batch}`, limitSize: 1000 })),
    },
    60,
  );
  const idOf = (batch: Batch) => rows.find((row) => row.batch === batch)?.schedulerId as number;
  return { runId, idOf };
}

type Run = Awaited<ReturnType<typeof runOf>>;

async function claimed(run: Run, batch: Batch): Promise<Claim> {
  const outcome = await claim(run, batch);
  if (outcome.kind !== 'claimed') throw new Error(`not claimed: ${outcome.kind}`);
  return outcome.claim;
}

const claim = (run: Run, batch: Batch) =>
  claimBatch(warehouse, { schedulerId: run.idOf(batch), runId: run.runId, batch, settings: SETTINGS }, 60);

/** As if its worker had sent no heartbeat for longer than its lease. */
const letLeaseRunOut = (claim: Claim) =>
  sql`UPDATE log_scheduler SET lease_until = NOW(3) - INTERVAL 1 SECOND WHERE id = ${claim.schedulerId}`.execute(
    warehouse,
  );

const broken = (why: string): Failure => ({ code: 'ERROR', why });

const finish = (claim: Claim) =>
  inTransaction(warehouse, (trx) => finishBatch(trx, claim, { numrow: 7, findings: {} }));
const statuses = async (runId: string) =>
  Object.fromEntries(
    (await runState(warehouse, runId))?.rows.map((row) => [row.batch_name, row.status]) ?? [],
  );

describe('once per date', () => {
  it('a batch of a date is active once, although 50 callers start runs of it at the same moment', async () => {
    const date = '2023-05-05';
    const asked: Batch[][] = [[...BATCHES], ['main_etl'], ['user_counts'], ['activity_counts']];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, caller) => runOf(date, asked[caller % asked.length])),
    );
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refusals.every(({ reason }) => reason.code === 'ETL_ALREADY_RUNNING')).toBe(true);
    const active = await warehouse
      .selectFrom('log_scheduler')
      .select('batch_name')
      .where('extraction_date', '=', date)
      .execute();
    expect(new Set(active.map(({ batch_name }) => batch_name)).size).toBe(active.length);
    expect(active.length).toBeGreaterThan(0);
  });

  it('a run that finished or failed frees its date for the next one', async () => {
    const run = await newRun(['user_counts']);
    await expect(runOf(run.date)).rejects.toMatchObject({
      message: 'ETL process is already running',
      details: { run_id: run.runId },
    });
    await finish(await claimed(run, 'user_counts'));
    const second = await runOf(run.date, ['user_counts']);
    await failBatch(warehouse, await claimed(second, 'user_counts'), broken('broken'));
    await runOf(run.date, ['user_counts']);
  });
});

describe('the fence', () => {
  it('a worker that lost its lease cannot write anything once another one has claimed its batch', async () => {
    const run = await newRun(['activity_counts']);
    const zombie = await claimed(run, 'activity_counts');
    expect(await claim(run, 'activity_counts')).toMatchObject({
      kind: 'held',
      retryInMs: expect.any(Number),
    });
    await letLeaseRunOut(zombie);
    const successor = await claimed(run, 'activity_counts');
    expect(successor.fence).toBe(zombie.fence + 1);

    const row = { courseid: 1, ...perViewKind(() => 0), active_days: 1 };
    const load = (claim: Claim, views: number) =>
      inTransaction(warehouse, async (trx) => {
        const counts = { ...row, file_views: views };
        await replaceActivityCounts(trx, run.date, [counts], 1000);
        await finishBatch(trx, claim, { numrow: 1, findings: {} });
      });
    await expect(renewLease(warehouse, zombie, { offset: 1, numrow: 2 }, 60)).rejects.toThrow(ClaimLost);
    await expect(inTransaction(warehouse, (trx) => lockClaim(trx, zombie))).rejects.toThrow(ClaimLost);
    await expect(load(zombie, 666)).rejects.toThrow(ClaimLost);
    expect(await releaseBatch(warehouse, zombie, 'zombie')).toBe(false);
    expect(await failBatch(warehouse, zombie, broken('zombie'))).toBe(false);
    expect(await statuses(run.runId)).toEqual({ activity_counts: 2 });

    await load(successor, 5);
    await expect(load(zombie, 666)).rejects.toThrow(ClaimLost);
    const loaded = await warehouse
      .selectFrom('activity_counts_etl')
      .select('file_views')
      .where('extraction_date', '=', run.date)
      .execute();
    expect(loaded).toEqual([{ file_views: 5 }]);
  });

  it('a job claims the row of its own run and batch only', async () => {
    const run = await newRun();
    const right = {
      schedulerId: run.idOf('user_counts'),
      runId: run.runId,
      batch: 'user_counts',
      settings: SETTINGS,
    } as const;
    for (const wrong of [{ batch: 'activity_counts' } as const, { runId: randomUUID() }]) {
      expect(await claimBatch(warehouse, { ...right, ...wrong }, 60)).toMatchObject({ kind: 'refused' });
    }
  });

  it('a claim of a finished batch says that it is completed', async () => {
    const run = await newRun(['user_counts']);
    await finish(await claimed(run, 'user_counts'));
    expect(await claim(run, 'user_counts')).toEqual({ kind: 'completed' });
  });
});

describe('progress', () => {
  it('a late report does not lower the progress', async () => {
    const run = await newRun(['activity_counts']);
    const claim = await claimed(run, 'activity_counts');
    await renewLease(warehouse, claim, { offset: 20, numrow: 30 }, 60);
    await renewLease(warehouse, claim, { offset: 10, numrow: 30 }, 60);
    expect((await runState(warehouse, run.runId))?.rows[0]).toMatchObject({ offset: 20, numrow: 30 });
  });
});

describe('a batch that fails', () => {
  it('a batch is queued again if another attempt follows, and its date stays active', async () => {
    const run = await newRun(['user_counts']);
    await releaseBatch(warehouse, await claimed(run, 'user_counts'), 'lost connection');
    expect((await runState(warehouse, run.runId))?.rows[0]).toMatchObject({
      status: 4,
      error_details: 'lost connection',
      active_key: `user_counts|${run.date}`,
    });
    const again = await claimed(run, 'user_counts');
    await finish(again);
    expect((await runState(warehouse, run.runId))?.rows[0]).toMatchObject({
      status: 1,
      attempt: 2,
      error_details: null,
    });
  });

  it('a merge fails with the batch that it waits for', async () => {
    const run = await newRun();
    await failBatch(warehouse, await claimed(run, 'activity_counts'), broken('table is missing'));
    expect(await statuses(run.runId)).toEqual({ activity_counts: 3, user_counts: 4, main_etl: 3 });
    const merge = (await runState(warehouse, run.runId))?.rows.find(
      ({ batch_name }) => batch_name === 'main_etl',
    );
    expect(merge).toMatchObject({ error_details: 'Not started: activity_counts failed', active_key: null });
  });

  it('a failed batch cannot be claimed until it is retried', async () => {
    const run = await newRun(['user_counts']);
    await failBatch(warehouse, await claimed(run, 'user_counts'), broken('table is missing'));
    expect(await claim(run, 'user_counts')).toEqual({ kind: 'refused', why: 'table is missing' });
    expect(await statuses(run.runId)).toEqual({ user_counts: 3 });
  });
});

describe('a retry', () => {
  it('a retry queues the failed batches again, and no others', async () => {
    const run = await newRun();
    await finish(await claimed(run, 'user_counts'));
    await failBatch(warehouse, await claimed(run, 'activity_counts'), broken('table is missing'));
    expect(await requeueFailed(warehouse, run.runId, { leaseSeconds: 60, settings: SETTINGS })).toEqual([
      'activity_counts',
      'main_etl',
    ]);
    expect(await statuses(run.runId)).toEqual({ activity_counts: 4, user_counts: 1, main_etl: 4 });
    await expect(runOf(run.date)).rejects.toThrow('ETL process is already running');
    await finish(await claimed(run, 'activity_counts'));
    expect((await runState(warehouse, run.runId))?.rows[0]).toMatchObject({
      status: 1,
      attempt: 2,
      error_details: null,
    });
  });

  it('a retry is refused if no batch failed, another run is active, or a newer one has replaced the run', async () => {
    await expect(
      requeueFailed(warehouse, randomUUID(), { leaseSeconds: 60, settings: SETTINGS }),
    ).rejects.toThrow('There is no run');
    const run = await newRun(['user_counts']);
    await expect(
      requeueFailed(warehouse, run.runId, { leaseSeconds: 60, settings: SETTINGS }),
    ).rejects.toThrow('Nothing of run');
    await failBatch(warehouse, await claimed(run, 'user_counts'), broken('broken'));
    const newer = await runOf(run.date, ['user_counts']);
    await expect(
      requeueFailed(warehouse, run.runId, { leaseSeconds: 60, settings: SETTINGS }),
    ).rejects.toThrow('A newer run');
    await finish(await claimed(newer, 'user_counts'));
    await expect(
      requeueFailed(warehouse, run.runId, { leaseSeconds: 60, settings: SETTINGS }),
    ).rejects.toThrow('A newer run');
    expect(await statuses(run.runId)).toEqual({ user_counts: 3 });

    // A newer run with another batch does not replace an older one.
    const older = await newRun(['user_counts']);
    await failBatch(warehouse, await claimed(older, 'user_counts'), broken('broken'));
    await runOf(older.date, ['activity_counts']);
    expect(await requeueFailed(warehouse, older.runId, { leaseSeconds: 60, settings: SETTINGS })).toEqual([
      'user_counts',
    ]);
  });
});

describe('a cancel', () => {
  it('a cancelled run fails its unfinished batches, takes them from their workers, and frees its date', async () => {
    const run = await newRun();
    await finish(await claimed(run, 'user_counts'));
    const worker = await claimed(run, 'activity_counts');
    expect(await cancelRows(warehouse, run.runId, 'jane')).toBe(2);
    expect((await runState(warehouse, run.runId))?.rows).toMatchObject([
      { status: 3, error_details: 'Cancelled by jane', active_key: null, lease_until: null },
      { status: 1, error_details: null },
      { status: 3, error_details: 'Cancelled by jane', active_key: null },
    ]);
    await expect(renewLease(warehouse, worker, undefined, 60)).rejects.toThrow(ClaimLost);
    await expect(finish(worker)).rejects.toThrow(ClaimLost);
    expect(await fateOf(warehouse, worker)).toEqual({ kind: 'failed', why: 'Cancelled by jane' });
    expect(await cancelRows(warehouse, run.runId, 'jane')).toBe(0);
    await runOf(run.date);
  });
});

describe('an orphaned run', () => {
  const isOrphaned = async (run: Run) => (await orphanedRuns(warehouse)).includes(run.runId);
  const forget = (run: Run) =>
    sql`UPDATE log_scheduler SET lease_until = NOW(3) - INTERVAL 1 SECOND WHERE run_id = ${run.runId}`.execute(
      warehouse,
    );

  it('a run is orphaned when all its leases have run out, and is then adopted once', async () => {
    const run = await newRun();
    expect(await isOrphaned(run)).toBe(false);
    const worker = await claimed(run, 'activity_counts');
    await forget(run);
    expect(await isOrphaned(run)).toBe(true);
    await renewLease(warehouse, worker, undefined, 60);
    expect(await isOrphaned(run)).toBe(false);
    expect(await adoptRun(warehouse, run.runId, 60)).toBe(false);

    await forget(run);
    const taken = await Promise.all([1, 2, 3, 4].map(() => adoptRun(warehouse, run.runId, 60)));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await statuses(run.runId)).toEqual({ activity_counts: 4, user_counts: 4, main_etl: 4 });
    await expect(renewLease(warehouse, worker, undefined, 60)).rejects.toThrow(ClaimLost);
  });

  it('a run that has ended is not orphaned', async () => {
    const run = await newRun(['user_counts']);
    await finish(await claimed(run, 'user_counts'));
    await forget(run);
    expect(await isOrphaned(run)).toBe(false);
    expect(await adoptRun(warehouse, run.runId, 60)).toBe(false);
  });
});

describe('a run whose jobs did not reach the queue', () => {
  it('a run whose jobs did not reach the queue fails, and a job of it cannot claim a row', async () => {
    const run = await newRun();
    expect(
      await failUnqueuedRun(warehouse, run.runId, {
        code: 'QUEUE_UNAVAILABLE',
        why: 'Failed to connect to queue',
      }),
    ).toBe(true);
    expect(await statuses(run.runId)).toEqual({ activity_counts: 3, user_counts: 3, main_etl: 3 });
    expect(await claim(run, 'user_counts')).toMatchObject({ kind: 'refused' });
  });

  it('a run is left alone if a worker has claimed a batch of it, since the queue has its jobs', async () => {
    const run = await newRun();
    await claimed(run, 'user_counts');
    expect(
      await failUnqueuedRun(warehouse, run.runId, {
        code: 'QUEUE_UNAVAILABLE',
        why: 'Failed to connect to queue',
      }),
    ).toBe(false);
    expect(await statuses(run.runId)).toEqual({ activity_counts: 4, user_counts: 2, main_etl: 4 });
  });
});
