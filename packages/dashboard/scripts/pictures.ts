import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { chromiumOptions } from '@etl/local-stack';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const DOCS = path.resolve(import.meta.dirname, '../../../docs/pictures');

/** A running demo, and its token. */
const { DASHBOARD_GATEWAY = 'http://127.0.0.1:8081', DASHBOARD_TOKEN = 'your-webhook-token' } = process.env;

const { values: options } = parseArgs({
  options: {
    /** A folder for pictures of every view in every theme, width and language, to look at. */
    all: { type: 'string' },
    /** Only views whose name has this text. */
    only: { type: 'string', default: '' },
  },
});

/** The views, with the figures of the demo. */
const VIEWS: Record<string, string> = {
  'sign-in': '/app/sign-in',
  home: '/app',
  explore: '/app/explore',
  category: '/app/explore?category=CAMPUS1',
  course: '/app/courses/2',
  runs: '/app/runs?until=2024-02-25',
  'several-days': '/app/runs?until=2024-02-25&date=2024-01-15&last=2024-01-18',
  share: '/app/share?of=course',
  'view-as': '/app/view-as',
};

const SIZES = { wide: { width: 1280, height: 900 }, narrow: { width: 390, height: 844 } };
const THEMES = ['light', 'dark'] as const;
const LOCALES = ['en-GB', 'id-ID'];

/** Those of the docs: one of each view, in sizes that are read beside a text. */
const OF_DOCS: Record<string, { view: string; isBelowRange?: true } & BrowserContextOptions> = {
  home: { view: 'home' },
  'home-dark': { view: 'home', colorScheme: 'dark' },
  explore: { view: 'explore', isBelowRange: true, viewport: { width: 1040, height: 740 } },
  course: { view: 'course' },
  runs: { view: 'runs' },
  share: { view: 'share' },
  'sign-in': { view: 'sign-in', viewport: { width: 700, height: 480 } },
};

async function open(browser: Browser, view: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({
    baseURL: DASHBOARD_GATEWAY,
    viewport: { width: 1040, height: 660 },
    locale: 'en-GB',
    ...options,
  });
  if (view !== 'sign-in') {
    const answer = await context.request.post('/app/session', {
      data: { token: DASHBOARD_TOKEN },
      headers: { origin: DASHBOARD_GATEWAY },
    });
    if (!answer.ok())
      throw new Error(`Signing in failed (${answer.status()}). DASHBOARD_TOKEN is the token.`);
  }
  const page = await context.newPage();
  await page.goto(VIEWS[view] ?? view);
  await page.locator(view === 'sign-in' ? 'form' : '.account').waitFor();
  if (view !== 'sign-in') await page.locator('.panel').first().waitFor();
  await page.waitForFunction(() => {
    const isBusy = document.querySelector('[aria-busy="true"], .waiting') !== null;
    return !isBusy && [...document.querySelectorAll('.picture')].every((place) => place.firstElementChild);
  });
  // Fields of dates are written as in the reader's browser, and not as in this one.
  await page.evaluate((lang) => {
    for (const field of document.querySelectorAll<HTMLInputElement>('input[type="date"]')) {
      field.lang = lang;
      // The language is read when the field is made.
      field.type = 'text';
      field.type = 'date';
    }
  }, options.locale ?? 'en-GB');
  return page;
}

async function writeDocs(browser: Browser): Promise<void> {
  for (const [name, { view, isBelowRange, ...options }] of Object.entries(OF_DOCS)) {
    const page = await open(browser, view, options);
    if (isBelowRange)
      await page
        .locator('.panel')
        .first()
        .evaluate((panel) => panel.scrollIntoView());
    writeFileSync(path.join(DOCS, `${name}.png`), await page.screenshot());
    await page.context().close();
  }
}

async function writeAll(browser: Browser, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const views = Object.keys(VIEWS).filter((view) => view.includes(options.only));
  for (const view of views) {
    for (const locale of LOCALES) {
      for (const [size, viewport] of Object.entries(SIZES)) {
        for (const colorScheme of THEMES) {
          const page = await open(browser, view, { locale, viewport, colorScheme });
          const name = [view, size, colorScheme, locale.slice(0, 2)].join('-');
          await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
          await page.context().close();
        }
      }
      const page = await open(browser, view, { locale, colorScheme: 'dark', viewport: SIZES.wide });
      await page.pdf({
        path: path.join(folder, `${view}-print-${locale.slice(0, 2)}.pdf`),
        preferCSSPageSize: true,
      });
      await page.context().close();
      await writeTables(browser, view, { locale, folder });
    }
  }
}

/** The tables of the charts, in the narrow size. */
async function writeTables(browser: Browser, view: string, to: { locale: string; folder: string }) {
  const { locale, folder } = to;
  const page = await open(browser, view, { locale, viewport: SIZES.narrow, colorScheme: 'light' });
  const buttons = page.locator('.panel > header button[aria-pressed="false"]');
  while (await buttons.count()) await buttons.first().click();
  const name = `${view}-tables-${locale.slice(0, 2)}.png`;
  if (await page.locator('.twin').count())
    await page.screenshot({ path: path.join(folder, name), fullPage: true });
  await page.context().close();
}

const { args, ...others } = chromiumOptions();
const browser = await chromium.launch({
  ...others,
  // Fields of dates have the language of their attribute.
  args: [...args, '--enable-blink-features=LangAttributeAwareFormControlUI'],
});
try {
  if (options.all) await writeAll(browser, path.resolve(options.all));
  else await writeDocs(browser);
} finally {
  await browser.close();
}
