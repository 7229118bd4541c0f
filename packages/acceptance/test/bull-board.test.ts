import { type SystemProcess, waitUntil, withConnection } from '@etl/local-stack';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openSystem, post, type System } from './system.ts';

const DATE = '2024-01-15';
const OPERATOR = `Basic ${Buffer.from('operator:board-password').toString('base64')}`;

let system: System;
let worker: SystemProcess;

beforeAll(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await system.startGateway();
  worker = await system.startWorker();
});

afterAll(() => system?.close());

async function board(method: string, path: string, body?: object) {
  const answer = await fetch(new URL(`/admin/queues/api/${path}`, system.api), {
    method,
    headers: { authorization: OPERATOR, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { code: answer.status, body: text ? JSON.parse(text) : undefined };
}

const source = (sql: string) => withConnection(system.sourceUrl, (connection) => connection.query(sql));
const breakSource = () => source('RENAME TABLE mdl_logstore_standard_log TO away');
const mendSource = () => source('RENAME TABLE away TO mdl_logstore_standard_log');

/** A run whose activity counts failed in log_scheduler and in the queue. */
async function failedRun(date: string): Promise<{ runId: string; jobId: string }> {
  await breakSource();
  const { body } = await system.call<{ data: { run_id: string } }>('run_pipeline', post({ date }));
  expect(await system.runEnd(date)).toBe('failed');
  await mendSource();
  const runId = body.data.run_id;
  const jobId = `${runId}-activity-counts`;
  await waitUntil(
    async () => (await board('GET', `queues/activity-counts/${jobId}`)).body.status === 'failed',
    'the job to have failed',
  );
  return { runId, jobId };
}

describe('a batch that failed', () => {
  it('a failed batch that is retried on the board completes its run, with the merge', async () => {
    const { runId, jobId } = await failedRun(DATE);
    const [failed] = await system.rows("SELECT * FROM log_scheduler WHERE batch_name = 'activity_counts'");
    expect(failed).toMatchObject({ status: 3, attempt: 1, active_key: null });
    expect(failed?.error_details).toMatch(
      /ER_NO_SUCH_TABLE\)\. A table is missing: check MOODLE_TABLE_PREFIX/,
    );

    expect((await board('PUT', `queues/activity-counts/${jobId}/retry`)).code).toBe(204);
    expect(await system.runEnd(DATE)).toBe('completed');
    const rows = await system.rows('SELECT * FROM log_scheduler WHERE extraction_date = ? ORDER BY id', [
      DATE,
    ]);
    expect(rows).toMatchObject([
      { run_id: runId, batch_name: 'activity_counts', status: 1, attempt: 2, error_details: null },
      { run_id: runId, batch_name: 'user_counts', status: 1, attempt: 1, error_details: null },
      { run_id: runId, batch_name: 'main_etl', status: 1, attempt: 1, error_details: null },
    ]);
    expect((await system.call(`results/${DATE}`)).code).toBe(200);
    const { body } = await board('GET', `queues/activity-counts/${jobId}`);
    expect(body.job).toMatchObject({ attempts: 1, opts: { attempts: 6 } });
  });

  it('a failed batch that is retried on the board is queued in log_scheduler at once, without a worker', async () => {
    const { jobId } = await failedRun('2024-01-14');
    await worker.end('SIGTERM');
    expect((await board('PUT', `queues/activity-counts/${jobId}/retry`)).code).toBe(204);
    expect((await system.call('status?date=2024-01-14')).body).toMatchObject({
      data: {
        etl_status: 'running',
        batches: { activity_counts: { status: 'queued' }, main_etl: { status: 'queued' } },
      },
    });
    worker = await system.startWorker();
    expect(await system.runEnd('2024-01-14')).toBe('completed');
  });

  it('retrying all jobs of a queue on the board retries the failed batch', async () => {
    const { runId } = await failedRun('2024-01-13');
    const { code, body } = await board('PUT', 'queues/activity-counts/retry/failed');
    expect([code, body]).toEqual([200, { retried: 1, skipped: 0 }]);
    expect(await system.runEnd('2024-01-13')).toBe('completed');
    expect((await system.call(`runs/${runId}`)).body).toMatchObject({ data: { etl_status: 'completed' } });
  });
});

describe('actions of the board that would break a run', () => {
  it('the board refuses to delete jobs, and to release a merge', async () => {
    const { jobId, runId } = await failedRun('2024-01-12');
    const merge = `${runId}-main-etl`;
    for (const [method, path] of [
      ['PUT', `queues/activity-counts/${jobId}/clean`],
      ['PUT', `queues/main-etl/${merge}/clean`],
      ['PUT', `queues/main-etl/${merge}/remove-unprocessed-children`],
      ['PUT', 'queues/activity-counts/clean/failed'],
      ['PUT', 'queues/activity-counts/empty'],
      ['PUT', 'queues/pause'],
      ['PUT', 'queues/schedule/pause'],
      ['PUT', 'queues/activity-counts/obliterate'],
      ['PUT', 'queues/activity-counts/retry/completed'],
      ['POST', 'queues/activity-counts/add'],
      ['PATCH', `queues/activity-counts/${jobId}/update-data`],
      ['PATCH', `queues/activity-counts/${jobId}/delay`],
      ['PUT', 'queues/schedule/job-schedulers/nightly/remove'],
    ] as const) {
      const { code, body } = await board(method, path, {});
      expect([path, code, body.code]).toEqual([path, 403, 'FORBIDDEN']);
    }
    expect((await board('GET', `queues/main-etl/${merge}`)).body.status).toBe('waiting-children');
    expect((await board('PUT', `queues/activity-counts/${jobId}/retry`)).code).toBe(204);
    expect(await system.runEnd('2024-01-12')).toBe('completed');
  });

  it('the refusals require the password, too', async () => {
    const answer = await fetch(new URL('/admin/queues/api/queues/activity-counts/x/retry', system.api), {
      method: 'PUT',
    });
    expect(answer.status).toBe(401);
  });
});
