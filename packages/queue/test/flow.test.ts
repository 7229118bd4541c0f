import { EtlError } from '@etl/core';
import { waitForLockWait, waitUntil } from '@etl/local-stack';
import { type BatchHandler, type ClaimOutcome, claimBatch, rowsToMerge, runState } from '@etl/warehouse';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { retryRun } from '../src/index.ts';
import { DATE, type Harness, held, jobIdOf, openHarness } from './support.ts';

let harness: Harness;
let { warehouse, queues, control, work, ran, start, ended, rowOf, jobState } = {} as Harness;

beforeEach(async () => {
  harness = await openHarness({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  ({ warehouse, queues, control, work, ran, start, ended, rowOf, jobState } = harness);
});

afterEach(() => harness?.close());

/** A handler that fails until `mend` is called. */
function failing(error: Error): { handler: BatchHandler; mend(): void } {
  let broken = true;
  return {
    handler: async () => {
      if (broken) throw error;
      return { numrow: 3, findings: {}, load: async () => {} };
    },
    mend: () => {
      broken = false;
    },
  };
}

const lostConnection = () =>
  Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST' });
const missingTable = () =>
  Object.assign(new Error("Table 'mdl_course' doesn't exist"), { code: 'ER_NO_SUCH_TABLE', errno: 1146 });

describe('a batch that fails', () => {
  it('a batch fails after its last attempt, and frees its date', async () => {
    work.user_counts = failing(lostConnection()).handler;
    const run = await start();
    expect((await ended(run.runId))?.status).toBe('failed');
    expect(await rowOf(run.runId, 'user_counts')).toMatchObject({
      status: 3,
      attempt: 6,
      active_key: null,
      error_details: 'Connection lost (PROTOCOL_CONNECTION_LOST)',
    });
  });

  it('a transient error is retried, and the run completes', async () => {
    let tries = 0;
    work.user_counts = async () => {
      tries += 1;
      if (tries === 1) throw lostConnection();
      return { numrow: 3, findings: {}, load: async () => {} };
    };
    const run = await start();
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(await rowOf(run.runId, 'user_counts')).toMatchObject({
      status: 1,
      attempt: 2,
      error_details: null,
    });
    expect(ran.filter((batch) => batch === 'main_etl')).toHaveLength(1);
  });

  it('a permanent error fails the batch at once, and the merge does not run', async () => {
    work.user_counts = failing(missingTable()).handler;
    const run = await start();
    expect((await ended(run.runId))?.status).toBe('failed');
    expect(await rowOf(run.runId, 'user_counts')).toMatchObject({
      status: 3,
      attempt: 1,
      error_details: expect.stringMatching(
        /^Table 'mdl_course' doesn't exist \(ER_NO_SUCH_TABLE\)\. A table is missing: check MOODLE_TABLE_PREFIX/,
      ),
    });
    expect(await rowOf(run.runId, 'main_etl')).toMatchObject({ status: 3, attempt: 0 });
    await waitUntil(
      async () => (await jobState('user_counts', jobIdOf(run, 'user_counts'))) === 'failed',
      'the job to have failed',
    );
    expect(await jobState('main_etl', jobIdOf(run, 'main_etl'))).toBe('waiting-children');
    expect(ran).not.toContain('main_etl');
  });

  it('a retry completes a failed batch, and the merge follows by itself', async () => {
    const fault = failing(missingTable());
    work.user_counts = fault.handler;
    const run = await start();
    await ended(run.runId);
    const jobId = jobIdOf(run, 'user_counts');
    await waitUntil(
      async () => (await jobState('user_counts', jobId)) === 'failed',
      'the job to have failed',
    );
    fault.mend();
    await retryRun(control, { runId: run.runId, requestedBy: 'test' });
    expect(await jobState('user_counts', jobId)).not.toBe('failed');
    await waitUntil(
      async () => (await runState(warehouse, run.runId))?.status === 'completed',
      'the run to complete',
    );
    expect((await runState(warehouse, run.runId))?.rows.map(({ status }) => status)).toEqual([1, 1, 1]);
  });

  it('a new run of the date replaces the jobs that a failed run left in the queue', async () => {
    const fault = failing(missingTable());
    work.user_counts = fault.handler;
    const first = await start();
    await ended(first.runId);
    fault.mend();
    const second = await start();
    expect((await ended(second.runId))?.status).toBe('completed');
    expect(await jobState('user_counts', jobIdOf(first, 'user_counts'))).toBe('unknown');
    expect(await jobState('main_etl', jobIdOf(first, 'main_etl'))).toBe('unknown');
    expect((await runState(warehouse, first.runId))?.status).toBe('failed');
  });

  it('a failed batch can start in a new run while the other batch of its old run is in progress', async () => {
    const fault = failing(missingTable());
    work.user_counts = fault.handler;
    let release = () => {};
    work.activity_counts = async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { numrow: 1, findings: {}, load: async () => {} };
    };
    const first = await start();
    await waitUntil(
      async () => (await rowOf(first.runId, 'user_counts'))?.status === 3,
      'user_counts to fail',
    );
    await waitUntil(
      async () => (await rowOf(first.runId, 'activity_counts'))?.status === 2,
      'the other to run',
    );
    await expect(start()).rejects.toThrow('ETL process is already running');
    fault.mend();
    const second = await start('user_counts');
    expect((await ended(second.runId))?.status).toBe('completed');
    release();
    expect((await ended(first.runId))?.status).toBe('failed');
    expect(await rowOf(first.runId, 'activity_counts')).toMatchObject({ status: 1 });
    await waitUntil(
      async () => (await jobState('activity_counts', jobIdOf(first, 'activity_counts'))) === 'completed',
      'its job to be completed',
    );
    const third = await start();
    release();
    await waitUntil(
      async () => (await rowOf(third.runId, 'activity_counts'))?.status === 2,
      'the third to run',
    );
    release();
    expect((await ended(third.runId))?.status).toBe('completed');
  });
});

describe('a merge that is dequeued early', () => {
  it('a merge does not read the counts of an earlier run while its own run counts', async () => {
    await ended((await start()).runId);
    const { handler, release } = held();
    work.user_counts = handler;
    const { runId } = await start();
    await waitUntil(
      async () => (await rowOf(runId, 'activity_counts'))?.status === 1,
      'the views to be counted',
    );
    const early = await rowsToMerge(warehouse, DATE, runId).catch((error: unknown) => error);
    release();
    expect(early).toMatchObject({ code: 'ETL_PREREQUISITES_MISSING' });
    await ended(runId);
    const { user_counts } = await rowsToMerge(warehouse, DATE, runId);
    expect(user_counts.run_id).toBe(runId);
  });

  it('a merge does not run if the job that it waits for is removed', async () => {
    work.user_counts = failing(missingTable()).handler;
    const run = await start();
    await ended(run.runId);
    await waitUntil(
      async () => (await jobState('user_counts', jobIdOf(run, 'user_counts'))) === 'failed',
      'the job to have failed',
    );
    await queues.byBatch.user_counts.remove(jobIdOf(run, 'user_counts'));
    await waitUntil(
      async () => (await jobState('main_etl', jobIdOf(run, 'main_etl'))) === 'failed',
      'the merge to be refused',
    );
    expect(ran).not.toContain('main_etl');
    expect(await rowOf(run.runId, 'main_etl')).toMatchObject({ status: 3 });
  });
});

describe('a job', () => {
  it('a job without a valid payload fails without another attempt', async () => {
    const job = await queues.byBatch.user_counts.add('user_counts', { date: DATE }, { attempts: 3 });
    await waitUntil(async () => (await job.getState()) === 'failed', 'the job to fail');
    expect((await queues.byBatch.user_counts.getJob(job.id as string))?.attemptsMade).toBe(1);
    expect(ran).toEqual([]);
  });

  it('a job whose row is finished completes without running again', async () => {
    const run = await start('user_counts');
    await ended(run.runId);
    const jobId = jobIdOf(run, 'user_counts');
    await waitUntil(
      async () => (await jobState('user_counts', jobId)) === 'completed',
      'the job to complete',
    );
    await (await queues.byBatch.user_counts.getJob(jobId))?.retry('completed');
    await waitUntil(
      async () => (await jobState('user_counts', jobId)) === 'completed',
      'the job to complete again',
    );
    expect(ran).toEqual(['user_counts']);
  });
});

describe('a worker that lost its claim', () => {
  it('a worker that lost its claim stops and writes nothing, and its job comes back when the other lease has run out', async () => {
    const reasons: unknown[] = [];
    work.user_counts = async (_input, { signal }) => {
      if (reasons.length > 0) return { numrow: 3, findings: {}, load: async () => {} };
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      reasons.push(signal.reason);
      throw signal.reason;
    };
    const run = await start('user_counts');
    await waitUntil(async () => (await rowOf(run.runId, 'user_counts'))?.status === 2, 'the batch to run');
    // Another worker's claim would do the same.
    await sql`UPDATE log_scheduler SET fence = 99, lease_until = NOW(3) + INTERVAL 8 SECOND`.execute(
      warehouse,
    );
    await waitUntil(async () => reasons.length > 0, 'the batch to give up');
    expect(await rowOf(run.runId, 'user_counts')).toMatchObject({ status: 2, fence: 99 });
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(await rowOf(run.runId, 'user_counts')).toMatchObject({ fence: 100, numrow: 3 });
    const job = await queues.byBatch.user_counts.getJob(jobIdOf(run, 'user_counts'));
    expect(job?.attemptsMade).toBeLessThanOrEqual(1);
  });

  it('a worker that lost its claim completes the job if the row is finished, since the answer to its COMMIT may be lost', async () => {
    work.user_counts = async () => {
      await sql`UPDATE log_scheduler SET status = 1, active_key = NULL WHERE batch_name = 'user_counts'`.execute(
        warehouse,
      );
      throw lostConnection();
    };
    const run = await start();
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(ran.filter((batch) => batch === 'user_counts')).toHaveLength(1);
  });
});

describe('a load', () => {
  it('a load locks its row until it is committed', async () => {
    let intruder: Promise<ClaimOutcome> | undefined;
    work.user_counts = async ({ runId }) => ({
      numrow: 3,
      findings: {},
      load: async () => {
        const row = await rowOf(runId, 'user_counts');
        intruder = claimBatch(
          warehouse,
          { schedulerId: row?.id as number, runId, batch: 'user_counts', settings: harness.control.config },
          60,
        );
        await waitForLockWait(harness.warehouseUrl, 'the intruder to wait for the row');
      },
    });
    const run = await start('user_counts');
    expect((await ended(run.runId))?.status).toBe('completed');
    expect(await intruder).toEqual({ kind: 'completed' });
  });
});

it('a run of the merge alone needs both counting batches completed for the date', async () => {
  await expect(start('main_etl')).rejects.toThrow(EtlError);
  expect((await ended((await start('user_counts')).runId))?.status).toBe('completed');
  await expect(start('main_etl')).rejects.toThrow(
    'Waiting for ActivityCounts and UserCounts ETL to complete',
  );
  expect((await ended((await start('activity_counts')).runId))?.status).toBe('completed');
  expect((await ended((await start('main_etl')).runId))?.status).toBe('completed');

  // The batch completed before, but is counted again: a merge must wait for it.
  let release = () => {};
  work.activity_counts = async () => {
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return { numrow: 1, findings: {}, load: async () => {} };
  };
  const again = await start('activity_counts');
  await expect(start('main_etl')).rejects.toThrow(
    'Waiting for ActivityCounts and UserCounts ETL to complete',
  );
  await waitUntil(
    async () => (await rowOf(again.runId, 'activity_counts'))?.status === 2,
    'activity_counts of the new run to be in progress',
  );
  release();
  await ended(again.runId);
});
