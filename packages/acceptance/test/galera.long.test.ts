import {
  type GaleraCluster,
  installMissing,
  type Scratch,
  scratchFolder,
  startGaleraCluster,
  waitUntil,
  withConnection,
} from '@etl/local-stack';
import { afterAll, afterEach, beforeAll, expect, inject, it } from 'vitest';
import { documentedTables, loadedTables, openSystem, post, SMALL_SAMPLE, type System } from './system.ts';

const DATES = Array.from({ length: 15 }, (_, index) => `2024-01-${String(index + 4).padStart(2, '0')}`);

let folder: Scratch<string>;
let cluster: GaleraCluster;
let system: System | undefined;

beforeAll(async () => {
  installMissing(['wsrep_sst_rsync', 'mariadb', 'haproxy'], (line) => process.stderr.write(`${line}\n`));
  folder = scratchFolder();
  cluster = await startGaleraCluster({ folder: folder.value });
});

afterAll(async () => {
  await cluster?.stop();
  await folder.remove();
});

afterEach(async () => {
  await system?.close();
});

/** The system with its warehouse at this address of the cluster. */
async function openOn(mysqlUrl: string): Promise<System> {
  const opened = await openSystem(
    { mysqlUrl, redisUrl: inject('redisUrl'), sourceMysqlUrl: inject('mysqlUrl') },
    // A few rows in a page: a node can die in any of many statements.
    { sample: { ...SMALL_SAMPLE, dates: DATES }, env: { ETL_BATCH_SIZE: '5', ETL_MERGE_BATCH_SIZE: '5' } },
  );
  system = opened;
  await opened.startGateway();
  await opened.startWorker();
  await opened.startWorker();
  return opened;
}

async function completedDays({ rows }: System): Promise<number> {
  const [row] = await rows(
    "SELECT COUNT(*) AS days FROM log_scheduler WHERE batch_name = 'main_etl' AND status = 1",
  );
  return Number(row?.days);
}

/** Starts a backfill of all days and waits for its middle. Returns the number of completed days. */
async function startBackfill(opened: System): Promise<number> {
  const range = { from: DATES[0] as string, to: DATES.at(-1) as string };
  expect((await opened.call('run_backfill', post(range))).code).toBe(202);
  await waitUntil(async () => (await completedDays(opened)) >= 4, 'four days to be completed');
  return completedDays(opened);
}

/**
 * Waits for the end of the backfill. Each batch completed once, and the tables equal the documented SQL. Returns how
 * many batches started twice.
 */
async function endBackfill(opened: System): Promise<number> {
  await waitUntil(
    async () => (await opened.rows('SELECT 1 FROM log_scheduler WHERE active_key IS NOT NULL')).length === 0,
    'the backfill to end',
    // Attempts that the outage failed are retried after pauses that double.
    { seconds: 180 },
  );
  const rows = await opened.rows('SELECT attempt, status, error_details FROM log_scheduler');
  expect(rows.filter(({ status }) => status !== 1)).toEqual([]);
  expect(rows).toHaveLength(3 * DATES.length);
  await everyDayIsRight(opened);
  return rows.filter(({ attempt }) => attempt > 1).length;
}

async function everyDayIsRight(opened: System): Promise<void> {
  for (const date of DATES) {
    expect(await loadedTables(opened, date), date).toEqual(await documentedTables(opened, date));
  }
  expect((await loadedTables(opened, '2024-01-15')).user_activity_etl.length).toBeGreaterThan(20);
}

const writerOf = async () => {
  const writer = await cluster.writer();
  if (!writer) throw new Error('HAProxy has no node');
  return writer;
};

it('a Galera cluster whose writer is killed in the middle of a backfill loses nothing', async () => {
  const opened = await openOn(cluster.url);
  const writer = await writerOf();
  const completed = await startBackfill(opened);
  await writer.kill();
  expect(completed).toBeLessThan(DATES.length);

  await waitUntil(async () => (await cluster.writer()) !== undefined, 'another node to take over');
  expect(await writerOf()).not.toBe(writer);
  const again = await endBackfill(opened);
  process.stdout.write(
    `Writer killed after ${completed} of ${DATES.length} days: ${again} batches started again\n`,
  );
  // Otherwise the kill hit no batch.
  expect(again, 'batches started again').toBeGreaterThan(0);

  // The node returns and gets the missed writes. It does not become the writer again.
  const successor = await writerOf();
  await writer.startAgain();
  await waitUntil(async () => (await cluster.size()) === cluster.nodes.length, 'the node to be back');
  expect((await opened.call('run_pipeline', post({ date: '2024-01-15' }))).code).toBe(202);
  expect(await opened.runEnd('2024-01-15')).toBe('completed');
  await everyDayIsRight(opened);
  expect(await writerOf()).toBe(successor);
});

it('workers wait for a node without quorum, although it still answers', async () => {
  const node = await writerOf();
  // Not through HAProxy, which ends the sessions. Other proxies do not.
  const opened = await openOn(node.url);
  const completed = await startBackfill(opened);
  await Promise.all(cluster.nodes.filter((other) => other !== node).map((other) => other.kill()));
  expect(completed).toBeLessThan(DATES.length);
  await withConnection(node.url, async (connection) => {
    const refuses = () =>
      connection.query('SELECT 1 FROM mysql.user').then(
        () => false,
        (error) => error.errno === 1047,
      );
    await waitUntil(refuses, 'the node to refuse statements');
    const { code, body } = await opened.call(`results/${DATES[0]}`);
    expect({ code, body }).toMatchObject({ code: 503, body: { code: 'DATABASE_UNAVAILABLE' } });
    await waitUntil(async () => (await cluster.writer()) === undefined, 'HAProxy to use it no more');
    // An operator does this if the other nodes are lost.
    await connection.query("SET GLOBAL wsrep_provider_options = 'pc.bootstrap=YES'");
  });
  await waitUntil(async () => (await cluster.writer()) === node, 'the node to take statements again');
  await endBackfill(opened);
});
