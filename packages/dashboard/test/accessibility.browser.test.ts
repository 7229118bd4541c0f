import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDrawn, openPage, openSignedIn, openSite, type Site, viewAs, violationsOn } from './browser.ts';
import { loadExplainedTerm, NEWEST, RESTATED } from './explained-term.ts';

const VIEWS = {
  'sign-in': '/app/sign-in',
  home: '/app',
  explore: '/app/explore',
  category: '/app/explore?category=FTI&sort=change&order=asc',
  course: '/app/courses/102',
  runs: '/app/runs?until=2024-02-25',
  'several days': '/app/runs?until=2024-02-25&date=2024-02-09&last=2024-02-11',
  share: '/app/share?of=course',
  'view as': '/app/view-as?category=FTI',
  'the mark of viewing as a viewer': '/app/explore',
  explanation: `/app/courses/101?explain=${RESTATED}`,
  'why there is no value': `/app/courses/103?explain=${NEWEST}`,
  'no figures': `/app/courses/103?from=${NEWEST}&to=${NEWEST}`,
  'no figures at the end': `/app/courses/103?from=${RESTATED}&to=${NEWEST}`,
  'not counted': `/app/explore?q=compilers&from=${NEWEST}&to=${NEWEST}`,
  ledger: `/app/runs?until=${NEWEST}&date=${NEWEST}`,
  'changed date': `/app/runs?until=${NEWEST}&date=${RESTATED}`,
};
/** What is loaded after the view itself. */
const LATER: Partial<Record<string, string>> = {
  'view as': '.panel button',
  'the mark of viewing as a viewer': '.mark button',
  explanation: '.drawer .recount',
  'why there is no value': '.drawer .recount',
  'no figures': `a[href*="explain=${NEWEST}"]`,
  'no figures at the end': '.not-counted-note a',
  'not counted': '.not-counted',
  ledger: '.ledger .picture svg',
  'changed date': '.restatements li',
};
const THEMES = ['light', 'dark'] as const;
const WIDTHS = [1280, 390];
const LOCALES = ['en-GB', 'id-ID'];

let site: Site;

beforeAll(async () => {
  site = await openSite({ load: loadExplainedTerm });
});

afterAll(() => site?.close());

const cases = Object.entries(VIEWS).flatMap(([view, address]) =>
  THEMES.flatMap((colorScheme) =>
    WIDTHS.flatMap((width) => LOCALES.map((locale) => ({ view, address, colorScheme, width, locale }))),
  ),
);

describe('every view, in both themes, widths and languages', () => {
  it.each(cases)(
    '$view is accessible and stays within its width: $colorScheme, $width px, $locale',
    async ({ view, address, colorScheme, width, locale }) => {
      const options = { colorScheme, locale, viewport: { width, height: 900 } };
      const { page, complaints } = await (view === 'sign-in'
        ? openPage(site, options)
        : openSignedIn(site, options));
      if (view.startsWith('the mark')) await viewAs(site, page, { unit: 'FTI-IF' });
      await page.goto(address);
      await page.locator('h1').waitFor();
      if (LATER[view]) await page.locator(LATER[view]).first().waitFor();
      await isDrawn(page);
      expect(await violationsOn(page)).toEqual([]);
      const widths = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
      expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0);
      expect(await page.evaluate(() => document.documentElement.lang)).toBe(locale.slice(0, 2));
      expect(complaints).toEqual([]);
      await page.context().close();
    },
  );
});
