import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSignedIn, openSite, type Site } from './browser.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

it('what a view shows is in its address: a colleague sees the same', async () => {
  const { page } = await openSignedIn(site);
  await page.goto('/app/explore');
  await page.getByRole('link', { name: 'Engineering' }).first().click();
  await page.getByRole('combobox', { name: 'Compare with' }).selectOption('none');
  await page.getByRole('searchbox').fill('a');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('4 courses found').waitFor();
  const { page: other } = await openSignedIn(site);
  await other.goto(page.url());
  await other.getByText('4 courses found').waitFor();
  await other.getByRole('heading', { name: 'Engineering', level: 1 }).waitFor();
  await other.getByRole('link', { name: 'All categories' }).click();
  await other.getByRole('heading', { name: 'Explore', level: 1 }).waitFor();
});

it('theme and language stay as chosen after the page is opened again', async () => {
  const { page } = await openSignedIn(site);
  await page.goto('/app');
  await page.getByRole('combobox', { name: 'Language' }).selectOption('id');
  await page.getByRole('combobox', { name: 'Warna' }).selectOption('dark');
  await page.reload();
  await page.getByRole('heading', { name: /sudah final/ }).waitFor();
  const shown = await page.evaluate(() => {
    const { lang, dataset } = document.documentElement;
    return { lang, theme: dataset.theme, scheme: getComputedStyle(document.documentElement).colorScheme };
  });
  expect(shown).toEqual({ lang: 'id', theme: 'dark', scheme: 'dark' });
});
