import {
  type DayTables,
  documentedTables,
  NetworkRefused,
  waitUntil,
  withConnection,
} from '@etl/local-stack';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { openSpreadSystem, type SpreadSystem, type SpreadWorker } from './spread-system.ts';
import { loadedTables, openLogLock, post, type System } from './system.ts';

const dateOf = (day: number) => `2024-01-${String(day).padStart(2, '0')}`;
const BACKFILLED = Array.from({ length: 14 }, (_, index) => dateOf(index + 1));
const LATER = dateOf(15);
const LAST = dateOf(16);

let refused: string | undefined;
let spread: SpreadSystem;
let system: System;
let workers: SpreadWorker[] = [];

beforeAll(async () => {
  try {
    spread = await openSpreadSystem({ workers: 3, dates: [...BACKFILLED, LATER, LAST] });
    system = spread.system;
  } catch (error) {
    if (!(error instanceof NetworkRefused)) throw error;
    refused = `there can be no network namespaces here: ${error.message}`;
    // Some reporters do not show why a test is skipped.
    process.stderr.write(`${refused}\n`);
  }
});

beforeEach(({ skip }) => skip(refused !== undefined, refused));

afterAll(() => spread?.close());

async function stop(stopped: readonly SpreadWorker[]): Promise<void> {
  await Promise.all(stopped.map(({ process }) => process.end('SIGTERM')));
  workers = workers.filter((worker) => !stopped.includes(worker));
}

/** Makes merges wait in the middle of their load until `release`. */
async function holdLoads(): Promise<{ release(): Promise<void> }> {
  const session = await createConnection(system.warehouseUrl);
  await session.query("SELECT GET_LOCK('loads', 0)");
  await session.query(
    `CREATE TRIGGER waiting BEFORE INSERT ON user_activity_etl FOR EACH ROW
     SET @got = GET_LOCK('loads', 60), @released = RELEASE_LOCK('loads')`,
  );
  return { release: () => session.end() };
}

/** A worker whose load waits, found by the address of its session. */
async function someLoading(): Promise<SpreadWorker | undefined> {
  const sessions = await system.rows(
    "SELECT host FROM information_schema.processlist WHERE db = DATABASE() AND state = 'User lock'",
  );
  const addresses = sessions.map(({ host }) => String(host).split(':')[0]);
  return workers.find(({ machine }) => addresses.includes(machine.address));
}

/** Starts the backfill. Once all workers have completed a batch, it cuts off a worker in the middle of a load. */
async function backfillAndCut(): Promise<SpreadWorker> {
  const range = { from: BACKFILLED[0], to: BACKFILLED.at(-1) };
  expect((await system.call('run_backfill', post(range))).code).toBe(202);
  let loading: SpreadWorker | undefined;
  await waitUntil(async () => {
    const completed = await Promise.all(workers.map((worker) => worker.attempts('completed')));
    loading = await someLoading();
    return loading !== undefined && completed.every((batches) => batches > 0);
  }, 'every worker to have completed a batch, and one to be in the middle of a load');
  const cutOff = loading as SpreadWorker;
  spread.cut(cutOff.machine);
  expect(await cutOff.isReachable()).toBe(false);
  return cutOff;
}

async function documented(date: string): Promise<DayTables> {
  const start = Date.parse(`${date}T00:00:00Z`) / 1000;
  const day = { date, timeZone: '+00:00', start, end: start + 86_400 };
  return withConnection(system.sourceUrl, (connection) =>
    documentedTables(connection, new URL(system.sourceUrl).pathname.slice(1), day),
  );
}

/** All rows of the dates, with times and ids. */
function written(dates: readonly string[]) {
  const tables = ['activity_counts_etl', 'user_counts_etl', 'user_activity_etl', 'log_scheduler'];
  return Promise.all(
    tables.map((table) =>
      system.rows(`SELECT * FROM ${table} WHERE extraction_date IN (?) ORDER BY id`, [dates]),
    ),
  );
}

it('three workers on separate machines share a backfill, and two complete it when the third is cut off during a load', async () => {
  workers = await Promise.all(spread.machines.map(spread.startWorkerOn));
  const loads = await holdLoads();
  const cutOff = await backfillAndCut().finally(loads.release);

  for (const date of BACKFILLED) expect(await system.runEnd(date)).toBe('completed');
  for (const date of BACKFILLED) expect(await loadedTables(system, date)).toEqual(await documented(date));
  const before = await written(BACKFILLED);
  const batches = before.at(-1) ?? [];
  expect(batches).toHaveLength(3 * BACKFILLED.length);
  expect(batches.filter(({ status, active_key }) => status !== 1 || active_key !== null)).toEqual([]);
  // The interrupted load, and the worker's other batches.
  const takenOver = batches.filter(({ fence }) => fence > 1);
  expect(takenOver.map(({ batch_name }) => batch_name)).toContain('main_etl');
  expect(await cutOff.isReachable()).toBe(false);

  spread.restore(cutOff.machine);
  await waitUntil(
    async () => (await cutOff.isReachable()) && (await cutOff.attempts('lost', 'main_etl')) > 0,
    'the worker to give up the load that another worker has done',
  );
  // The worker alone must do the whole next run.
  await stop(workers.filter((worker) => worker !== cutOff));
  const completed = await cutOff.attempts('completed');
  await system.call('run_pipeline', post({ date: LATER }));
  expect(await system.runEnd(LATER)).toBe('completed');
  // Metrics can be a second old.
  await waitUntil(
    async () => (await cutOff.attempts('completed')) === completed + 3,
    'the worker to have completed all three batches',
  );
  expect(await loadedTables(system, LATER)).toEqual(await documented(LATER));
  expect(await written(BACKFILLED)).toEqual(before);
});

it('a reconnected worker gives up a batch that another worker has claimed', async () => {
  await stop(workers);
  const [one, another] = spread.machines as [SpreadWorker['machine'], SpreadWorker['machine']];
  const cutOff = await spread.startWorkerOn(one);
  const lock = await openLogLock(system);
  const batch = async () => {
    const sql = "SELECT * FROM log_scheduler WHERE batch_name = 'activity_counts' AND extraction_date = ?";
    return (await system.rows(sql, [LAST]))[0];
  };
  try {
    await lock.hold();
    await system.call('run_activity_counts', post({ date: LAST }));
    await waitUntil(async () => (await batch())?.status === 2, 'the read');
    workers = [cutOff, await spread.startWorkerOn(another)];
    spread.cut(one);
    await waitUntil(async () => (await batch())?.fence === 2, 'the other worker to take the batch over');
    spread.restore(one);
    await waitUntil(
      async () => (await cutOff.isReachable()) && (await cutOff.attempts('lost', 'activity_counts')) > 0,
      'the reconnected worker to notice',
    );
    expect(await batch()).toMatchObject({ status: 2, attempt: 2, fence: 2 });
    await lock.release();
    expect(await system.runEnd(LAST)).toBe('completed');
    expect(await batch()).toMatchObject({ status: 1, attempt: 2, fence: 2 });
    const { activity_counts_etl } = await documented(LAST);
    expect((await loadedTables(system, LAST)).activity_counts_etl).toEqual(activity_counts_etl);
  } finally {
    await lock.close();
  }
});
