import { afterAll, beforeAll, expect, it } from 'vitest';
import { isDrawn, openSignedIn, openSite, type Site } from './browser.ts';

/** The room between the margins of an A4 page, in pixels. */
const PAPER_WIDTH = 680;

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

it.each([
  '/app',
  '/app/explore',
  '/app/courses/102',
  '/app/runs?until=2024-02-25',
  '/app/runs?until=2024-02-25&date=2024-02-09&last=2024-02-11',
  '/app/share?of=course',
  '/app/share?of=listed',
  '/app/share?of=rows',
  '/app/view-as',
])('%s on paper has every table within its panel', async (address) => {
  const { page } = await openSignedIn(site, { viewport: { width: PAPER_WIDTH, height: 900 } });
  await page.goto(address);
  await page.locator('.panel table').first().waitFor();
  await isDrawn(page);
  await page.emulateMedia({ media: 'print' });
  const beyond = await page.locator('.panel table').evaluateAll((tables) =>
    tables.flatMap((table) => {
      const right = table.closest('.panel')?.getBoundingClientRect().right ?? 0;
      const own = table.getBoundingClientRect();
      return own.right > right ? [`${table.textContent?.slice(0, 40)}: ${own.right - right} px`] : [];
    }),
  );
  expect(beyond).toEqual([]);
});
