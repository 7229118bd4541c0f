import path from 'node:path';
import {
  type DatabaseServer,
  type RedisServer,
  type Scratch,
  type SystemProcess,
  scratchFolder,
  startMariaDb,
  startRedis,
  waitUntil,
} from '@etl/local-stack';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { openLogLock, post } from '../../acceptance/test/system.ts';
import type { Watched } from './browser.ts';
import { setup } from './global-setup.ts';
import { isLoadedOnce, ofScripts, openRealSite, type RealSite } from './real-site.ts';

const DATES = ['2024-01-12', '2024-01-15', '2024-01-16'] as const;
const [BEFORE, DATE, NEXT] = DATES;
/** Of one session. */
const MOST_STREAMS = 5;

let folder: Scratch<string>;
let mariaDb: DatabaseServer;
let redis: RedisServer;
let site: RealSite;
let gateway: SystemProcess;
let worker: SystemProcess;
let home: Watched;
let runs: Watched;

// The tests kill these servers, so no other test may use them. The source stays.
beforeAll(async () => {
  // The other tests of its project need no dashboard.
  setup();
  folder = scratchFolder();
  mariaDb = await startMariaDb({ folder: path.join(folder.value, 'mariadb') });
  redis = await startRedis({ folder: path.join(folder.value, 'redis') });
  site = await openRealSite(
    { mysqlUrl: mariaDb.url, redisUrl: redis.url, sourceMysqlUrl: inject('mysqlUrl') },
    { dates: DATES },
  );
  gateway = await site.system.startGateway();
  worker = await site.system.startWorker();
  await site.run(BEFORE);
  await site.run(DATE);
});

afterAll(async () => {
  await site?.close();
  await redis?.stop();
  await mariaDb?.stop();
  await folder?.remove();
});

beforeEach(async () => {
  home = await site.open('/app');
  runs = await site.open(`/app/runs?date=${DATE}`);
  await home.page.getByRole('heading', { name: /is final/ }).waitFor();
  await runs.page.getByRole('heading', { name: 'Newest run: Finished' }).waitFor();
  await isLive(runs.page);
});

/** Whatever died, the pages mend themselves. */
afterEach(async () => {
  for (const { page, complaints } of [home, runs]) {
    expect(await isLoadedOnce(page)).toBe(true);
    expect(ofScripts(complaints)).toEqual([]);
    await page.context().close();
  }
});

const isLive = (page: Page) => page.getByText('Live', { exact: true }).waitFor();
const isNotLive = (page: Page) => page.getByText(/^Not live\. This page reads again/).waitFor();
const runAgain = (page: Page) => page.getByRole('button', { name: /^Run .* again$/ }).click();
const isViewsCountRunning = async () => {
  const [newest] = await site.system.rows(
    "SELECT status FROM log_scheduler WHERE batch_name = 'activity_counts' ORDER BY id DESC LIMIT 1",
  );
  return newest?.status === 2;
};
const isGatewayReady = () =>
  waitUntil(async () => (await fetch(`${site.url}/health/ready`)).ok, 'the gateway to be ready');

it('while Redis is dead, figures stay and a run is refused in words; afterwards the same button works', async () => {
  await redis.kill();
  await runAgain(runs.page);
  await runs.page.getByText('The queue cannot be reached.').waitFor();
  expect(await runs.page.getByRole('alert').textContent()).toContain('QUEUE_UNAVAILABLE');
  await home.page.getByRole('link', { name: '7 days' }).click();
  await home.page.getByRole('heading', { name: 'Monday, 15 January 2024 is final' }).waitFor();
  await home.page.getByRole('row', { name: /\d/ }).first().waitFor();
  expect(await home.page.getByRole('alert').count()).toBe(0);

  await redis.startAgain();
  await isGatewayReady();
  await runAgain(runs.page);
  await runs.page.getByText('1 earlier run').waitFor();
  await runs.page.getByRole('heading', { name: 'Newest run: Finished' }).waitFor();
  expect(await runs.page.getByRole('alert').count()).toBe(0);
});

it('while the warehouse is dead, pages say so and keep their figures; afterwards they mend themselves', async () => {
  await mariaDb.kill();
  await isNotLive(runs.page);
  await runs.page.getByRole('alert').getByText('The database cannot be reached.').first().waitFor();
  expect(await runs.page.getByRole('heading', { name: 'Newest run: Finished' }).count()).toBe(1);
  await home.page.getByRole('link', { name: '7 days' }).click();
  const old = home.page.getByRole('alert').getByText('These are the figures from before.');
  await old.first().waitFor();
  expect(await home.page.locator('.picture svg').count()).toBeGreaterThan(0);
  // A page that is opened meanwhile has neither figures nor a stream.
  const late = await runs.page.context().newPage();
  await late.goto('/app/runs');
  await late.getByText('The database cannot be reached.').first().waitFor();

  await mariaDb.startAgain();
  for (const page of [runs.page, late]) {
    await isLive(page);
    await page.getByRole('heading', { name: /^Newest run/ }).waitFor();
  }
  await old.first().waitFor({ state: 'detached' });
  for (const page of [home.page, runs.page, late])
    await page.waitForFunction(() => document.querySelector('[role="alert"]') === null);
});

it('while the gateway is dead, the page is not live; afterwards a new stream brings what happened', async () => {
  await gateway.end('SIGKILL');
  await isNotLive(runs.page);
  expect(await site.system.etl('pipeline', NEXT)).toMatchObject({ code: 0 });
  gateway = await site.system.startGateway();
  await isLive(runs.page);
  await runs.page.getByRole('gridcell', { name: 'Tuesday, 16 January 2024: Final' }).waitFor();
  await home.page.getByRole('heading', { name: 'Tuesday, 16 January 2024 is final' }).waitFor();
});

it('a page that gets no stream polls until it gets one', async () => {
  const context = runs.page.context();
  const [session] = await context.cookies();
  const others = new AbortController();
  const open = () =>
    fetch(`${site.system.api}/events`, {
      headers: { cookie: `${session?.name}=${session?.value}` },
      signal: others.signal,
    });
  // The page has one already. A stream that no variable holds is closed.
  const streams = await Promise.all(Array.from({ length: MOST_STREAMS - 1 }, open));
  const refused = await context.newPage();
  await refused.goto(`/app/runs?date=${DATE}`);
  await isNotLive(refused);
  await refused.getByRole('heading', { name: 'Newest run: Finished' }).waitFor();
  const lock = await openLogLock(site.system);
  await lock.hold();
  try {
    expect((await site.system.call('run_pipeline', post({ date: DATE }))).code).toBe(202);
    await refused.getByRole('heading', { name: 'Newest run: In progress' }).waitFor();
  } finally {
    await lock.release();
    await lock.close();
  }
  await refused.getByRole('heading', { name: 'Newest run: Finished' }).waitFor();
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  others.abort();
  await isLive(refused);
});

it('when a worker dies, the page says so until another worker takes the batch over', async () => {
  const lock = await openLogLock(site.system);
  await lock.hold();
  try {
    await runAgain(runs.page);
    await runs.page.getByRole('heading', { name: 'Newest run: In progress' }).waitFor();
    // The other batch alone can make a run be in progress. A worker that dies before this one starts leaves no lease of it.
    await waitUntil(isViewsCountRunning, 'the count of views to run');
    await worker.end('SIGKILL');
    await runs.page.getByText('Count of views: its worker has stopped.').waitFor();
  } finally {
    await lock.release();
    await lock.close();
  }
  worker = await site.system.startWorker();
  await runs.page.getByRole('heading', { name: 'Newest run: Finished' }).waitFor();
  await runs.page.getByText('· 2 attempts').first().waitFor();
  expect(await runs.page.getByText('its worker has stopped').count()).toBe(0);
});
