import { addDays } from '@etl/core';
import { waitUntil, withConnection } from '@etl/local-stack';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openRealSite, type RealSite } from './real-site.ts';

/** The whole system, with a Moodle that changes. The zone of the figures is UTC. */
const LAST_NIGHT = addDays(new Date().toISOString().slice(0, 10), -1);
const BEFORE = addDays(LAST_NIGHT, -1);
/** Epoch seconds. */
const NOON = Date.parse(`${LAST_NIGHT}T12:00:00Z`) / 1000;

let site: RealSite;
/** The most viewed course of last night, and that of the date before, which was hidden after its merge. */
let busy: Record<string, number | string>;
let hidden: Record<string, number | string>;

beforeAll(async () => {
  site = await openRealSite(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    // Other tests load the same server. The worker would pause a recount for them, for minutes.
    { dates: [BEFORE, LAST_NIGHT], env: { ETL_SOURCE_MAX_THREADS_RUNNING: '100000' } },
  );
  const { system } = site;
  await system.startGateway();
  await system.startWorker();
  await site.run(BEFORE);
  hidden = await mostViewed(BEFORE);
  await inMoodle('UPDATE mdl_course SET visible = 0 WHERE id = ?', [hidden.moodle_course_id]);
  await site.run(LAST_NIGHT);
  busy = await mostViewed(LAST_NIGHT);
});

afterAll(() => site?.close());

async function mostViewed(date: string): Promise<Record<string, number | string>> {
  const rows = await site.system.rows(
    `SELECT * FROM user_activity_etl WHERE extraction_date = '${date}' ORDER BY total_views DESC LIMIT 1`,
  );
  return (rows[0] ?? {}) as Record<string, number | string>;
}

const inMoodle = (sql: string, values: unknown[]) =>
  withConnection(site.system.sourceUrl, (connection) => connection.query(sql, values));

/** The recount that the page reads, when it has ended. It takes as long as the worker waits for Moodle's server. */
async function ended(page: Page): Promise<{ state: string; error: string | null }> {
  const read = async (answer: { json(): Promise<unknown> }) =>
    ((await answer.json()) as { data: { state: string; error: string | null } }).data;
  const answer = await page.waitForResponse(
    async (answer) =>
      answer.url().includes('/recounts/') && ['completed', 'failed'].includes((await read(answer)).state),
    { timeout: 0 },
  );
  return read(answer);
}

const COMPLETED = { state: 'completed', error: null };

it('a course that was hidden yesterday is found by its name, with the sentence why it is not counted', async () => {
  const { page, complaints } = await site.open('/app/explore');
  const courses = page.getByRole('region', { name: 'Courses', exact: true });
  await courses.getByRole('searchbox').fill(String(hidden.course_name).toUpperCase());
  await courses.getByRole('button', { name: 'Search' }).click();
  const link = page.locator(`a[href*="/courses/${hidden.moodle_course_id}"]`);
  const item = courses.locator('.not-counted li').filter({ has: link });
  await item.getByText('The course was hidden in Moodle when this date was counted.').waitFor();
  await item.getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: String(hidden.course_name) }).waitFor();
  expect(complaints).toEqual([]);
});

it('an administrator counts a figure again: equal, then different by one late row, which a run repairs', async () => {
  const { page, complaints } = await site.open(`/app/courses/${busy.moodle_course_id}?explain=${LAST_NIGHT}`);
  const dialog = page.getByRole('dialog');
  const recount = dialog.getByRole('button', { name: 'Count again in Moodle' });
  const first = ended(page);
  await recount.click();
  expect(await first).toMatchObject(COMPLETED);
  await dialog.getByText('Equal: Moodle gives the same counts now.').waitFor();

  await inMoodle(
    `INSERT INTO mdl_logstore_standard_log (component, action, edulevel, contextid, contextlevel,
       contextinstanceid, userid, courseid, timecreated) VALUES ('mod_url', 'viewed', 0, 1, 70, 1, 1, ?, ?)`,
    [busy.moodle_course_id, NOON],
  );
  const stored = () =>
    site.system.rows(
      `SELECT * FROM user_activity_etl WHERE extraction_date = '${LAST_NIGHT}' ORDER BY moodle_course_id`,
    );
  const before = await stored();
  const second = ended(page);
  await recount.click();
  expect(await second).toMatchObject(COMPLETED);
  await dialog.getByText('Different: Moodle gives other counts now.').waitFor();
  const differing = dialog.getByRole('region', { name: 'Differences' }).locator('tbody tr');
  const figures = await differing.locator('th').allTextContents();
  expect(figures).toEqual(['Links', 'Views']);
  expect(await differing.locator('td:last-child').allTextContents()).toEqual(['+1', '+1']);
  await dialog.getByText(`etl pipeline ${LAST_NIGHT}`).waitFor();
  expect(await stored()).toEqual(before);

  await dialog.getByRole('link', { name: 'Open this date in Runs' }).click();
  await page.getByRole('button', { name: /^Run .* again$/ }).click();
  const restatements = () => site.system.rows('SELECT id FROM restatements');
  await waitUntil(async () => (await restatements()).length > 0, 'the restatement', { seconds: 600 });
  await page.locator(`[data-date="${LAST_NIGHT}"].restated`).waitFor();
  await page.locator('.restatements').getByText('log rows arrived late').waitFor();
  await page.goto(`/app/courses/${busy.moodle_course_id}?explain=${LAST_NIGHT}`);
  await dialog.getByText(/until a run replaced it: log rows arrived late/).waitFor();
  expect(complaints).toEqual([]);
});
