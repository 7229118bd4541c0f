import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { API } from '../../gateway/test/support.ts';
import { isDrawn, openSignedIn, openSite, type Site, tabTo } from './browser.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

const panel = (page: Page, name: string | RegExp) =>
  page.getByRole('region', { name, exact: typeof name === 'string' });

it('each child of a category has a small line of its weeks, all from the one call of the page', async () => {
  const { page } = await openSignedIn(site);
  const calls: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes(`${API}/categories`)) calls.push(request.url());
  });
  await page.goto('/app/explore');
  await isDrawn(page);
  const lines = panel(page, 'Categories').getByRole('img', { name: /^Views in the last 12 weeks/ });
  expect(await lines.count()).toBe(2);
  // The term has eight weeks: nothing was extracted of the four before.
  expect(await lines.first().getAttribute('aria-label')).toMatch(/oldest first: –, –, –, –, [1-9]/);
  expect(calls).toHaveLength(1);
});

it.each([
  ['/app/explore', /^Views per student and day, by category/],
  ['/app', /^Change of views/],
] as const)(
  'a row of a picture of %s leads to its category, by a click and by the keyboard',
  async (address, name) => {
    const { page } = await openSignedIn(site);
    await page.goto(address);
    await isDrawn(page);
    const rows = panel(page, name).locator('.named-rows li');
    expect(await rows.count()).toBe(2);
    const engineering = rows.filter({ hasText: 'Engineering' });
    // The whole row is the link, also where the bar or the dot is.
    const box = await engineering.boundingBox();
    await engineering.click({ position: { x: (box?.width ?? 0) - 5, y: 15 } });
    await page.getByRole('heading', { level: 1, name: 'Engineering' }).waitFor();
    await page.goBack();
    await isDrawn(page);
    await panel(page, name).getByRole('button', { name: 'Show as table' }).focus();
    await tabTo(page, 'Letters');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Letters' }).waitFor();
  },
);

it('weeks of dates that Moodle has deleted have a lock, and the page says as of when it counted', async () => {
  const { page } = await openSignedIn(site);
  await page.route(`**${API}/days?*`, async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    for (const day of body.data.slice(0, 7)) day.state = 'purged';
    await route.fulfill({ response: answer, json: body });
  });
  await page.goto('/app/explore');
  const weeks = panel(page, /^Views by week and kind/);
  await weeks.getByRole('list', { name: 'Legend' }).getByText('Kept; Moodle has deleted its log').waitFor();
  expect(await weeks.textContent()).toMatch(/as of \d+ \w+ \d{4}, \d\d:\d\d WIB/);
  await weeks.getByRole('button', { name: 'Show as table' }).click();
  const row = weeks.getByRole('row').nth(1);
  expect(await row.textContent()).toContain('Kept');
});
