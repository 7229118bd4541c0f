import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { API } from '../../gateway/test/support.ts';
import { signed } from '../../gateway/test/tokens.ts';
import { addDays, todayIn } from '../src/dates.ts';
import { openPage, openSignedIn, openSite, type Site } from './browser.ts';

/** The states of a panel. Answers that the test data cannot give are changed on their way to the page. */

let site: Site;
let empty: Site;

beforeAll(async () => {
  site = await openSite();
  empty = await openSite({ load: async () => {} });
});

afterAll(async () => {
  await site?.close();
  await empty?.close();
});

const panel = (page: Page, name: string | RegExp) =>
  page.getByRole('region', { name, exact: typeof name === 'string' });

it('a panel whose call fails says so with code and request, keeps the others, and tries again', async () => {
  const { page } = await openSignedIn(site);
  const failed = {
    // It does not pass by itself, so that the page does not read again.
    status: 429,
    headers: { 'x-request-id': 'request-7' },
    json: { status: false, code: 'RATE_LIMITED', error: 'Too many requests' },
  };
  await page.route(`**${API}/courses?*`, (route) => route.fulfill(failed));
  await page.goto('/app');
  const silent = panel(page, 'Courses gone silent');
  await silent.getByText('RATE_LIMITED').waitFor();
  expect(await silent.textContent()).toContain('Request request-7');
  await panel(page, /^Views: /)
    .getByRole('img')
    .waitFor();
  await page.unroute(`**${API}/courses?*`);
  await silent.getByRole('button', { name: 'Try again' }).click();
  await silent.getByRole('rowheader', { name: /Compilers/ }).waitFor();
});

it('a panel shows its old figures until the new ones are there', async () => {
  const { page } = await openSignedIn(site);
  await page.goto('/app/explore');
  const courses = panel(page, 'Courses');
  await courses.getByRole('rowheader', { name: /Algorithms/ }).waitFor();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await page.route(`**${API}/courses?*`, async (route) => {
    await released;
    await route.continue();
  });
  await courses.getByRole('searchbox').fill('History');
  await courses.getByRole('button', { name: 'Search' }).click();
  await page.locator('.panel[aria-busy="true"] .old').getByText('Algorithms').waitFor();
  release();
  await courses.getByText('2 courses found').waitFor();
  expect(await courses.getByRole('rowheader').count()).toBe(2);
});

it('before the first run, an administrator sees the command that starts one', async () => {
  const { page } = await openSignedIn(empty);
  await page.goto('/app');
  await page.getByRole('heading', { name: 'No figures yet' }).waitFor();
  expect(await page.locator('pre').textContent()).toContain('etl pipeline');
});

it('a viewer whose scope has no category reads that, and not that there are no figures', async () => {
  const token = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'unknown' });
  const { page } = await openSignedIn(site, { token });
  await page.goto('/app');
  await page.getByRole('heading', { name: 'Your account reads no category' }).waitFor();
});

it('a missing date is a gap: the page names how many there are, and the table twin which', async () => {
  const { page } = await openSignedIn(site);
  await page.goto('/app');
  const line = panel(page, /^Views: /);
  await line.getByText('1 date is missing in this range.').waitFor();
  await line.getByRole('button', { name: 'Show as table' }).click();
  const row = line.getByRole('row', { name: /Sat,? 10 Feb/ });
  expect(await row.textContent()).toMatch(/–\s*Missing/);
});

it('provisional and purged dates are named in the legend of the line', async () => {
  const { page } = await openSignedIn(site);
  await page.route(`**${API}/series?*`, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    body.data.points.at(-1).state = 'provisional';
    body.data.points.at(-3).state = 'purged';
    await route.fulfill({ response: answer, json: body });
  });
  await page.goto('/app');
  const legend = panel(page, /^Views: /).getByRole('list', { name: 'Legend' });
  await legend.getByText('Provisional').waitFor();
  await legend.getByText('Kept; Moodle has deleted its log').waitFor();
  await legend.getByText('Missing').waitFor();
});

it('late dates are shown to all, and failed runs to administrators alone', async () => {
  const change = async (page: Page) => {
    await page.route(`**${API}/days?*`, async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      const last = body.data.at(-1);
      Object.assign(last, { late: true, due_at: '2024-02-27 23:59:59' });
      last.last_run = { run_id: '4b0c6d5e-8f1a-4c3b-9d2e-7a6f5e4d3c2b', status: 'failed' };
      await route.fulfill({ response: answer, json: body });
    });
    await page.goto('/app');
    await page.getByRole('heading', { name: /is final/ }).waitFor();
  };
  const administrator = await openSignedIn(site);
  await change(administrator.page);
  const strip = administrator.page.getByRole('region', { name: 'Needs attention' });
  expect(await strip.textContent()).toMatch(/is late: it was due .* 23:59 WIB/);
  expect(await strip.textContent()).toContain('failed');
  const token = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'FTI' });
  const viewer = await openSignedIn(site, { token });
  await change(viewer.page);
  const text = await viewer.page.getByRole('region', { name: 'Needs attention' }).textContent();
  expect(text).toContain('is late');
  expect(text).not.toContain('failed');
});

it('however long an outage lasts, the failed run of last night comes first', async () => {
  const { page } = await openSignedIn(site);
  // The figures end years ago.
  const lastNight = addDays(todayIn('Asia/Jakarta'), -1);
  const failed: string[] = [];
  await page.route(`**${API}/days?*`, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    for (const day of body.data) {
      if (day.extraction_date !== '2024-03-01' && day.extraction_date !== lastNight) continue;
      failed.push(day.extraction_date);
      day.last_run = { run_id: '4b0c6d5e-8f1a-4c3b-9d2e-7a6f5e4d3c2b', status: 'failed' };
    }
    await route.fulfill({ response: answer, json: body });
  });
  await page.goto('/app');
  const links = page.getByRole('region', { name: 'Needs attention' }).getByRole('link');
  await links.nth(1).waitFor();
  expect(await links.first().getAttribute('href')).toBe(`/app/runs?date=${lastNight}`);
  expect(failed.toSorted()).toEqual(['2024-03-01', lastNight]);
});

it('without JavaScript, the page says so and leads to the API', async () => {
  const { page } = await openPage(site, { javaScriptEnabled: false });
  await page.goto('/app/sign-in');
  expect(await page.locator('noscript').textContent()).toContain('This page needs JavaScript.');
  await page.getByRole('link', { name: 'documentation of the API' }).click();
  expect(page.url()).toContain('/docs');
});

it('while the gateway is unreachable, the old figures stay and the page says why; then it mends itself', async () => {
  const { page } = await openSignedIn(site);
  await page.goto('/app/explore');
  const courses = panel(page, 'Courses');
  await courses.getByRole('rowheader', { name: /Algorithms/ }).waitFor();
  await page.context().setOffline(true);
  await page.getByRole('link', { name: '7 days' }).click();
  await courses.getByText('The server cannot be reached.').waitFor();
  await courses.getByText('These are the figures from before.').waitFor();
  await courses.getByRole('rowheader', { name: /Algorithms/ }).waitFor();
  await page.context().setOffline(false);
  await courses.getByRole('alert').waitFor({ state: 'detached' });
  await courses.getByText('7 courses found').waitFor();
});
