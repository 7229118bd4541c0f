import { waitUntil, withConnection } from '@etl/local-stack';
import type { RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type LogLock, openLogLock, openSystem, post, type System } from './system.ts';

const DATE = '2024-01-15';

let system: System;
let lock: LogLock;

beforeEach(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await system.startGateway();
  await system.startWorker();
  lock = await openLogLock(system);
});

afterEach(async () => {
  await lock?.close();
  await system?.close();
});

/** The statements on the log that now run on the source, without the EXPLAIN of a starting worker. */
async function statements(): Promise<RowDataPacket[]> {
  return withConnection(system.sourceUrl, async (connection) => {
    const [rows] = await connection.query<RowDataPacket[]>(
      `SELECT info FROM information_schema.processlist
       WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE '%logstore_standard_log%'
         AND info NOT LIKE '%timecreated < 1'`,
    );
    return rows;
  });
}

async function startAndWaitForStatement(): Promise<string> {
  const { body } = await system.call<{ data: { run_id: string } }>('run_pipeline', post({ date: DATE }));
  await waitUntil(async () => (await statements()).length > 0, 'the batch to read the log');
  return body.data.run_id;
}

const results = async () => (await system.call<{ data: unknown }>(`results/${DATE}`)).body.data;

it('a cancelled run ends its statement on the server, says so, and keeps the former results', async () => {
  await system.call('run_pipeline', post({ date: DATE }));
  expect(await system.runEnd(DATE)).toBe('completed');
  const before = await results();

  await lock.hold();
  const runId = await startAndWaitForStatement();
  const headsAreCounted = async () => {
    const { body } = await system.call<{ data: { batches: { user_counts: { status: string } } } }>(
      `runs/${runId}`,
    );
    return body.data.batches.user_counts.status === 'completed';
  };
  await waitUntil(headsAreCounted, 'the other batch to complete');
  const began = performance.now();
  const cancelled = await system.call(`runs/${runId}/cancel`, post({}));
  expect(cancelled.code).toBe(202);
  expect(cancelled.body).toMatchObject({ status: true, data: { run_id: runId, etl_status: 'failed' } });
  // The lock is still held: only the cancellation can have ended the statement.
  await waitUntil(async () => (await statements()).length === 0, 'the statement to be gone');
  process.stdout.write(`statement gone ${Math.round(performance.now() - began)} ms after the call\n`);
  const { body } = await system.call(`status?date=${DATE}`);
  expect(body).toMatchObject({
    data: {
      run_id: runId,
      etl_status: 'failed',
      batches: {
        activity_counts: { status: 'failed', error_details: 'Cancelled by test' },
        main_etl: { status: 'failed', error_details: 'Cancelled by test' },
      },
    },
  });
  expect(await results()).toEqual(before);
  const again = await system.call(`runs/${runId}/cancel`, post({}));
  expect([again.code, again.body.code]).toEqual([400, 'INVALID_REQUEST']);

  // The run cannot be over before the answer: the lock is still held.
  const retried = await system.call(`runs/${runId}/retry`, post({}));
  expect(retried.code).toBe(202);
  expect(retried.body).toMatchObject({ data: { run_id: runId, etl_status: 'running' } });
  await lock.release();
  expect(await system.runEnd(DATE)).toBe('completed');
  expect((await system.call(`runs/${runId}`)).body).toMatchObject({ data: { etl_status: 'completed' } });
  expect(await results()).not.toEqual([]);
});

it('the command cancels a run and retries it', async () => {
  await lock.hold();
  const runId = await startAndWaitForStatement();
  expect(await system.etl('cancel', runId)).toMatchObject({ code: 0, output: `Cancelled: run ${runId}\n` });
  await waitUntil(async () => (await statements()).length === 0, 'the statement to be gone');
  await lock.release();
  expect(await system.etl('cancel', runId)).toMatchObject({
    code: 2,
    output: expect.stringContaining('has ended already'),
  });
  const retried = await system.etl('retry', runId);
  expect(retried.output).toMatch(new RegExp(`Run ${runId} of ${DATE} completed`));
  expect(retried.code).toBe(0);
  expect((await system.etl('retry', runId)).output).toContain('Nothing of run');
});

it('a backfill by the command or by the API runs every day', async () => {
  const { code, output } = await system.etl('backfill', '2024-01-12', '2024-01-14');
  expect(output.match(/2024-01-1\d queued: run /g)).toHaveLength(3);
  expect(output.match(/of 2024-01-1\d completed/g)).toHaveLength(3);
  expect(code).toBe(0);

  await lock.hold();
  const { body } = await system.call<{ data: { run_id: string } }>(
    'run_activity_counts',
    post({ date: '2024-01-14' }),
  );
  const backfill = await system.call('run_backfill', post({ from: '2024-01-13', to: '2024-01-15' }));
  expect(backfill.code).toBe(202);
  expect(backfill.body).toMatchObject({
    status: true,
    data: {
      runs: [{ extraction_date: '2024-01-13' }, { extraction_date: '2024-01-15', etl_status: 'queued' }],
      skipped: [{ extraction_date: '2024-01-14', code: 'ETL_ALREADY_RUNNING' }],
    },
  });
  await lock.release();
  for (const date of ['2024-01-13', '2024-01-14', '2024-01-15']) {
    expect(await system.runEnd(date)).toBe('completed');
  }
  expect((await system.call(`runs/${body.data.run_id}`)).body).toMatchObject({
    data: { etl_status: 'completed' },
  });
});
