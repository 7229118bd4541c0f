import { addDays } from '@etl/core';
import { createAccount, scratchName, withConnection } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { post, TOKEN } from '../../acceptance/test/system.ts';
import { openPage, tabTo } from './browser.ts';
import { openRealSite, type RealSite } from './real-site.ts';

/** The zone of the figures is UTC. */
const LAST_NIGHT = addDays(new Date().toISOString().slice(0, 10), -1);
const BEFORE = addDays(LAST_NIGHT, -1);
const LOG = 'mdl_logstore_standard_log';

/** The account with which the worker reads Moodle. It has no right on the log until `grant`. */
interface Reader {
  url: string;
  grant(table: string): Promise<void>;
  remove(): Promise<void>;
}

let site: RealSite;
let reader: Reader;

beforeAll(async () => {
  site = await openRealSite(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { dates: [BEFORE, LAST_NIGHT] },
  );
  const { system } = site;
  await system.startGateway();
  const worker = await system.startWorker();
  await site.run(BEFORE);
  await worker.end('SIGTERM');
  reader = await openReader(system.sourceUrl);
  await system.startWorker({ MOODLE_DATABASE_URL: reader.url });
  await system.call('run_pipeline', post({ date: LAST_NIGHT }));
  expect(await system.runEnd(LAST_NIGHT)).toBe('failed');
});

afterAll(async () => {
  await reader?.remove();
  await site?.close();
});

async function openReader(sourceUrl: string): Promise<Reader> {
  const database = new URL(sourceUrl).pathname.slice(1);
  const user = scratchName('reader');
  const onSource = (sql: string) =>
    withConnection(sourceUrl, async (connection) => (await connection.query(sql))[0] as object[]);
  const url = await createAccount(sourceUrl, { user, password: 'a-secret', rights: 'SHOW VIEW', database });
  const grant = async (table: string) =>
    void (await onSource(`GRANT SELECT ON ${database}.${table} TO ${user}@'%'`));
  for (const row of await onSource('SHOW TABLES')) {
    const [table] = Object.values(row);
    if (table !== LOG) await grant(table);
  }
  return { url, grant, remove: async () => void (await onSource(`DROP USER ${user}@'%'`)) };
}

it('an operator sees that last night failed and why, and repairs it, by keyboard alone, in three steps', async () => {
  const { page, complaints } = await openPage(site);
  let steps = 0;
  const step = async (name: string, text = '') => {
    steps += 1;
    await tabTo(page, name);
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  };
  await page.goto('/app');
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await step('Token', TOKEN);
  const strip = page.getByRole('region', { name: 'Needs attention' });
  await strip.waitFor();
  await step((await strip.getByRole('link').first().textContent())?.trim() ?? '');
  await page.waitForURL(`**/app/runs?date=${LAST_NIGHT}`);
  // Why, the remedy, and what the server says is missing.
  const why = page.getByRole('region', { name: 'Why it failed' });
  await why.waitFor();
  const text = await why.textContent();
  expect(text).toContain('Count of views ERROR');
  expect(text).toContain('Repair its cause, then run the failed batches again.');
  expect(text).toContain(LOG);
  expect(text).toContain("Moodle's account needs SELECT on its database");
  expect(text).toContain('The merge waited for a count that failed.');
  expect(await page.locator(`[data-date="${LAST_NIGHT}"]`).textContent()).toContain('The last run failed');

  await reader.grant(LOG);
  await step('Run the failed batches again');
  await page.getByRole('heading', { name: 'Newest run: Finished' }).waitFor();
  await page.getByText('Figures: Final').waitFor();
  await why.waitFor({ state: 'detached' });
  expect(steps).toBe(3);
  expect(complaints).toEqual([]);
});
