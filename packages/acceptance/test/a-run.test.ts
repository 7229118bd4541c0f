import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openSystem, post, type System, TOKEN } from './system.ts';

const DATE = '2024-01-15';
/** A day without a row in the sample's log. */
const EMPTY_DATE = '2023-06-01';

let system: System;

beforeAll(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    // Small pages: each batch reads and loads many.
    { env: { ETL_BATCH_SIZE: '10', ETL_MERGE_BATCH_SIZE: '10' } },
  );
  // The database itself records every state of a row.
  await system.rows('CREATE TABLE history (seq int AUTO_INCREMENT PRIMARY KEY) SELECT * FROM log_scheduler');
  await system.rows('ALTER TABLE history MODIFY id int');
  const columns = (await system.rows('SHOW COLUMNS FROM log_scheduler')).map(({ Field }) => `\`${Field}\``);
  for (const event of ['INSERT', 'UPDATE']) {
    await system.rows(
      `CREATE TRIGGER after_${event} AFTER ${event} ON log_scheduler FOR EACH ROW
       INSERT INTO history (${columns.join(',')}) VALUES (${columns.map((column) => `NEW.${column}`).join(',')})`,
    );
  }
  await system.startGateway();
  await Promise.all([system.startWorker(), system.startWorker()]);
});

afterAll(() => system?.close());

describe('a pipeline run, with a gateway and two workers', () => {
  let runId: string;

  it('run_pipeline answers 202 with the run and its batches', async () => {
    const { code, body } = await system.call<{ data: { run_id: string; batches: object[] } }>(
      'run_pipeline',
      post({ date: DATE }),
    );
    expect(code).toBe(202);
    runId = body.data.run_id;
    const job = (batch_name: string, queue: string) => ({
      batch_name,
      scheduler_id: expect.any(Number),
      job_id: `${runId}-${queue}`,
    });
    expect(body).toEqual({
      status: true,
      message: 'ETL pipeline queued',
      data: {
        run_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        extraction_date: DATE,
        etl_status: 'queued',
        batches: [
          job('activity_counts', 'activity-counts'),
          job('user_counts', 'user-counts'),
          job('main_etl', 'main-etl'),
        ],
      },
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
    });
    expect(await system.runEnd(DATE)).toBe('completed');
  });

  it('each row goes from queued to in progress to finished, and its progress only grows', async () => {
    for (const batch of ['activity_counts', 'user_counts', 'main_etl']) {
      const states = await system.rows(
        'SELECT * FROM history WHERE run_id = ? AND batch_name = ? ORDER BY seq',
        [runId, batch],
      );
      const codes = states.map(({ status }) => status);
      expect(codes.filter((status, index) => status !== codes[index - 1])).toEqual([4, 2, 1]);
      const offsets = states.map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      const last = states.at(-1);
      expect(last?.offset).toBe(last?.numrow);
      expect(last?.numrow).toBeGreaterThan(30);
      expect(last).toMatchObject({ attempt: 1, active_key: null, lease_until: null, error_details: null });
      expect(states[0]?.active_key).toBe(`${batch}|${DATE}`);
    }
  });

  it('the merge starts only after both other batches have finished', async () => {
    const [order] = await system.rows(
      `SELECT MAX(CASE WHEN batch_name = 'main_etl' THEN started_at END)
         >= MAX(CASE WHEN batch_name <> 'main_etl' THEN finished_at END) AS right_order
       FROM log_scheduler WHERE run_id = ?`,
      [runId],
    );
    expect(order?.right_order).toBe(1);
    const states = await system.rows('SELECT batch_name, status FROM history WHERE run_id = ? ORDER BY seq', [
      runId,
    ]);
    const firstOf = (batch: string, status: number) =>
      states.findIndex((state) => state.batch_name === batch && state.status === status);
    expect(firstOf('main_etl', 2)).toBeGreaterThan(firstOf('activity_counts', 1));
    expect(firstOf('main_etl', 2)).toBeGreaterThan(firstOf('user_counts', 1));
  });

  it('status, scheduler_data and results report the run', async () => {
    const status = await system.call('status');
    const batch = {
      status: 'completed',
      scheduler_status: 1,
      progress: 100,
      error_details: null,
    };
    expect(status.body).toMatchObject({
      status: true,
      data: {
        etl_status: 'completed',
        run_id: runId,
        extraction_date: DATE,
        provisional: false,
        batches: { activity_counts: batch, user_counts: batch, main_etl: batch },
        last_completed_date: DATE,
      },
    });
    const scheduler = await system.call<{ data: object[] }>(
      `scheduler_data?date=${DATE}&batch_name=main_etl`,
    );
    expect(scheduler.body.data).toMatchObject([
      {
        run_id: runId,
        batch_name: 'main_etl',
        status: 1,
        trigger_type: 'backfill',
        requested_by: 'test',
        start_date: `${DATE} 00:00:00`,
        end_date: `${DATE} 23:59:59`,
        details: { rows: { read: 41 }, provisional: false },
      },
    ]);
    const results = await system.call<{ data: object[]; count: number }>(`results/${DATE}`);
    expect(results.body).toMatchObject({ status: true, provisional: false, extraction_date: DATE });
    expect(results.body.count).toBeGreaterThan(20);
    expect(results.body.data).toHaveLength(results.body.count);
  });

  it('a day without any activity completes', async () => {
    await system.call('run_pipeline', post({ date: EMPTY_DATE }));
    expect(await system.runEnd(EMPTY_DATE)).toBe('completed');
    const results = await system.call<{
      data: { total_views: number; avg_activity_per_student_per_day: null }[];
    }>(`results/${EMPTY_DATE}`);
    expect(results.code).toBe(200);
    expect(results.body.data.length).toBeGreaterThan(20);
    expect(results.body.data.every(({ total_views }) => total_views === 0)).toBe(true);
    expect(results.body.data[0]?.avg_activity_per_student_per_day).toBeNull();
  });
});

describe('single batches', () => {
  it('a single merge is rejected without its prerequisites and runs after them', async () => {
    const date = '2024-01-14';
    const refused = await system.call('run_main_etl', post({ date }));
    expect(refused.code).toBe(409);
    expect(refused.body).toMatchObject({
      status: false,
      error: 'Waiting for ActivityCounts and UserCounts ETL to complete',
      code: 'ETL_PREREQUISITES_MISSING',
    });
    expect(await system.rows('SELECT id FROM log_scheduler WHERE extraction_date = ?', [date])).toEqual([]);

    for (const run of ['run_activity_counts', 'run_user_counts', 'run_main_etl']) {
      expect((await system.call(run, post({ date }))).code).toBe(202);
      expect(await system.runEnd(date)).toBe('completed');
    }
    expect((await system.call(`results/${date}`)).code).toBe(200);
  });
});

describe('the command line', () => {
  it('etl pipeline prints the progress of the run and exits with 0', async () => {
    const { code, output } = await system.etl('pipeline', '2024-01-13');
    expect(output).toMatch(/main_etl +completed: \d+ rows read, \d+ loaded/);
    expect(output).toMatch(/Run [0-9a-f-]{36} of 2024-01-13 completed/);
    expect(code).toBe(0);
  });

  it('etl status and scheduler_data print the runs', async () => {
    expect(await system.etl('status', DATE)).toMatchObject({
      code: 0,
      output: expect.stringMatching(/Status: +completed\nDate: +2024-01-15/),
    });
    expect((await system.etl('scheduler_data')).output).toContain('2024-01-13  main_etl         completed');
    const api = await system.call(`status?date=${DATE}`);
    const { output } = await system.etl('status', DATE, '--json');
    expect(JSON.parse(output)).toEqual({ ...api.body, timestamp: expect.any(String) });
  });

  it.each([
    [['pipeline', '2024-02-30'], 2, 'date: "2024-02-30" is not a date in the form YYYY-MM-DD'],
    [['pipeline', '2999-01-01'], 2, 'date: 2999-01-01 is in the future'],
    [['pipelines'], 2, "unknown command 'pipelines'\n(Did you mean pipeline?)"],
    [['main_etl', '2020-01-01'], 3, 'Waiting for ActivityCounts and UserCounts ETL to complete'],
  ])('etl %j exits with %i', async (args, exitCode, message) => {
    const { code, output } = await system.etl(...args);
    expect(output).toContain(message);
    expect(code).toBe(exitCode);
  });

  it('an error with --json has the details of the API', async () => {
    const [from, to] = [DATE, '2024-01-14'];
    const api = await system.call('run_backfill', post({ from, to }));
    const { code, output } = await system.etl('backfill', from, to, '--json');
    expect(code).toBe(2);
    expect(JSON.parse(output)).toEqual({ ...api.body, timestamp: expect.any(String) });
    expect(JSON.parse(output).details).toEqual({ from: `${from} is after ${to}` });
  });

  it('etl without an action prints its help', async () => {
    const { code, output } = await system.etl();
    expect(output).toContain('Usage: etl');
    expect(code).toBe(0);
  });
});

describe('Bull Board', () => {
  const board = (path: string, credentials?: string) =>
    fetch(new URL(path, system.api), {
      headers: credentials ? { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } : {},
    });

  it('Bull Board requires its user and password', async () => {
    expect((await board('/admin/queues')).status).toBe(401);
    expect((await board('/admin/queues/api/queues')).status).toBe(401);
    expect((await board('/admin/queues', 'operator:wrong')).status).toBe(401);
    expect((await board('/admin/queues', `operator:${TOKEN}`)).status).toBe(401);
  });

  it('Bull Board shows every queue of the flow', async () => {
    const answer = await board('/admin/queues/api/queues', 'operator:board-password');
    const { queues } = (await answer.json()) as { queues: { name: string; counts: { completed: number } }[] };
    expect(queues.map(({ name }) => name)).toEqual([
      'activity-counts',
      'user-counts',
      'main-etl',
      'schedule',
      'recounts',
    ]);
    expect(queues.slice(0, 3).every(({ counts }) => counts.completed > 0)).toBe(true);
  });
});
