import path from 'node:path';
import {
  type RedisServer,
  type Scratch,
  type SystemProcess,
  scratchFolder,
  startRedis,
  waitUntil,
  withConnection,
} from '@etl/local-stack';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { documentedTables, loadedTables, openSystem, post, SMALL_SAMPLE, type System } from './system.ts';

/** A tick every few seconds. Each one is for yesterday. */
const EVERY_FEW_SECONDS = '*/4 * * * * *';
const TEN_WORKERS = 10;

const dateOf = (daysAgo: number) => Temporal.Now.plainDateISO('UTC').subtract({ days: daysAgo }).toString();
const YESTERDAY = dateOf(1);

let folder: Scratch<string>;
let redis: RedisServer;
let system: System;

// The test flushes this Redis, so no other test may use it.
beforeEach(async () => {
  folder = scratchFolder();
  redis = await startRedis({ folder: path.join(folder.value, 'redis') });
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: redis.url },
    {
      sample: { ...SMALL_SAMPLE, dates: [dateOf(2), YESTERDAY] },
      env: { ETL_SCHEDULE: EVERY_FEW_SECONDS, ETL_STATUS_SCHEDULE: 'off' },
    },
  );
});

afterEach(async () => {
  await system?.close();
  await redis?.stop();
  await folder.remove();
});

/** The number of nightly ticks that these workers have handled. */
const ticksAnswered = (workers: readonly SystemProcess[]) =>
  workers
    .flatMap((worker) => worker.output().split('\n'))
    .filter((line) => line.includes('"dates reconciled"') && line.includes('"tick":"nightly"')).length;

async function nextTicks(workers: readonly SystemProcess[], count: number): Promise<void> {
  const before = ticksAnswered(workers);
  await waitUntil(async () => ticksAnswered(workers) >= before + count, `${count} more ticks`);
}

const runsOf = (date: string) =>
  system.rows(
    `SELECT run_id, MIN(trigger_type) AS \`trigger\`, MIN(requested_by) AS who, MAX(status) AS status
     FROM log_scheduler WHERE extraction_date = ? GROUP BY run_id ORDER BY MIN(id)`,
    [date],
  );

async function yesterdayIsWhatTheSourceHas(): Promise<void> {
  const documented = await documentedTables(system, YESTERDAY);
  expect(documented.activity_counts_etl.length).toBeGreaterThan(20);
  expect(await loadedTables(system, YESTERDAY)).toEqual(documented);
}

it(`yesterday runs once although ${TEN_WORKERS} workers start at the tick, and the next tick comes after a flush`, async () => {
  const workers = await Promise.all(Array.from({ length: TEN_WORKERS }, () => system.startWorker()));
  await waitUntil(
    async () => (await runsOf(YESTERDAY)).some(({ status }) => status === 1),
    'yesterday to be completed',
  );
  await nextTicks(workers, 2);
  expect(await runsOf(YESTERDAY)).toMatchObject([{ trigger: 'schedule', who: 'schedule', status: 1 }]);
  await yesterdayIsWhatTheSourceHas();

  const connection = new Redis(redis.url);
  await connection.flushall();
  connection.disconnect();
  await nextTicks(workers, 2);
  expect(await runsOf(YESTERDAY)).toHaveLength(1);
});

it('late rows are found and extracted, and a purged day keeps its figures and refuses a re-run', async () => {
  await system.startGateway();
  const worker = await system.startWorker();
  await waitUntil(
    async () => (await runsOf(YESTERDAY)).some(({ status }) => status === 1),
    'yesterday to be completed',
  );
  const noon = Date.parse(`${YESTERDAY}T12:00:00Z`) / 1000;
  await withConnection(system.sourceUrl, (source) =>
    source.query(
      `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel,
         contextinstanceid, userid, courseid, timecreated)
       SELECT 'mod_quiz', 'viewed', 2, 1, 70, 1, 5, id, ? FROM mdl_course`,
      [noon],
    ),
  );
  await waitUntil(async () => (await runsOf(YESTERDAY)).length === 2, 'the late rows to be found');
  expect(await system.runEnd(YESTERDAY)).toBe('completed');
  expect(await runsOf(YESTERDAY)).toMatchObject([{ trigger: 'schedule' }, { trigger: 'catch_up' }]);
  await yesterdayIsWhatTheSourceHas();
  await nextTicks([worker], 2);
  expect(await runsOf(YESTERDAY)).toHaveLength(2);

  const results = async () => {
    const { body } = await system.call<{ data: unknown; count: number }>(`results/${YESTERDAY}`);
    return { data: body.data, count: body.count };
  };
  const before = await results();
  await withConnection(system.sourceUrl, (source) =>
    source.query('DELETE FROM mdl_logstore_standard_log WHERE timecreated < ?', [noon]),
  );
  await nextTicks([worker], 2);
  expect(await runsOf(YESTERDAY)).toHaveLength(2);

  const message = "SOURCE_PURGED: the source no longer holds that day's logs; the stored figures were kept";
  const asked = await system.call<{ data: { run_id: string } }>('run_pipeline', post({ date: YESTERDAY }));
  expect(await system.runEnd(YESTERDAY)).toBe('failed');
  const run = await system.call(`runs/${asked.body.data.run_id}`);
  expect(run.body).toMatchObject({
    data: {
      etl_status: 'failed',
      batches: { activity_counts: { status: 'failed', error_details: expect.stringContaining(message) } },
    },
  });
  expect(await results()).toEqual(before);
  const again = await system.call('run_pipeline', post({ date: YESTERDAY }));
  expect([again.code, again.body.code]).toEqual([409, 'SOURCE_PURGED']);
  // No tick retries what only a person can decide.
  await nextTicks([worker], 2);
  expect(await runsOf(YESTERDAY)).toHaveLength(3);

  await system.call('run_pipeline', post({ date: YESTERDAY, force: true }));
  expect(await system.runEnd(YESTERDAY)).toBe('completed');
  expect(await results()).not.toEqual(before);
  await yesterdayIsWhatTheSourceHas();
});
