import { afterAll, beforeAll, expect, it } from 'vitest';
import { API } from '../../gateway/test/support.ts';
import { isDrawn, openSignedIn, openSite, type Site } from './browser.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

it('the field or link that chose another range keeps the focus, and a step back shows the dates before', async () => {
  const { page } = await openSignedIn(site);
  await page.goto('/app');
  await isDrawn(page);
  const from = page.getByLabel('From');
  const before = await from.inputValue();
  await from.fill('2024-01-20');
  await from.press('Enter');
  await page.waitForURL(/from=2024-01-20/);
  await isDrawn(page);
  expect(await from.evaluate((field) => field === document.activeElement)).toBe(true);

  await page.goBack();
  await isDrawn(page);
  expect(await from.inputValue()).toBe(before);

  const week = page.getByRole('link', { name: '7 days' });
  await week.press('Enter');
  await page.locator('[aria-current="true"]', { hasText: '7 days' }).waitFor();
  await isDrawn(page);
  expect(await week.evaluate((link) => link === document.activeElement)).toBe(true);
  expect(await from.inputValue()).not.toBe(before);
});

it('a date that a person has half chosen stays while figures come', async () => {
  const { page } = await openSignedIn(site);
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await page.route(`**${API}/series?*`, async (route) => {
    await released;
    await route.continue();
  });
  await page.goto('/app');
  const from = page.getByLabel('From');
  await expect.poll(() => from.inputValue()).not.toBe('');
  await from.fill('2024-01-20');
  release();
  await isDrawn(page);
  expect(await from.inputValue()).toBe('2024-01-20');
});
