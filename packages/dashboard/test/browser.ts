import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { chromiumOptions } from '@etl/local-stack';
import type axeCore from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { inject } from 'vitest';
import { type Gateway, openGateway, TOKEN } from '../../gateway/test/support.ts';
import { JWT_ENV } from '../../gateway/test/tokens.ts';
import { loadTerm } from './term.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The script adds it to the page. */
declare const axe: typeof axeCore;

const DIST = path.resolve(import.meta.dirname, '../dist');

/** The address of a gateway that serves the built dashboard, and a browser. */
export interface Address {
  url: string;
  browser: Browser;
}

/** A gateway with a term of figures, and a browser. */
export interface Site extends Address {
  gateway: Gateway;
  close(): Promise<void>;
}

interface SiteOptions {
  load?: (gateway: Gateway) => Promise<void>;
  env?: Record<string, string>;
  now?: () => Date;
}

export async function openSite({
  load = loadTerm,
  env = {},
  now = () => new Date(),
}: SiteOptions = {}): Promise<Site> {
  const gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    {
      env: { ...JWT_ENV, ETL_SESSION_SECRET: 'a secret of these tests, with many letters', ...env },
      now,
      options: { dashboard: DIST },
    },
  );
  await load(gateway);
  const url = await gateway.app.listen({ port: 0, host: '127.0.0.1' });
  const browser = await launchBrowser();
  return {
    url,
    gateway,
    browser,
    close: async () => {
      await browser.close();
      await gateway.close();
    },
  };
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch(chromiumOptions());
}

/** A page, and what it must not do: each console message, error of a script, and request to another host. */
export interface Watched {
  page: Page;
  complaints: string[];
}

export async function openPage(site: Address, options: BrowserContextOptions = {}): Promise<Watched> {
  const context = await site.browser.newContext({
    baseURL: site.url,
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== site.url) complaints.push(`other host: ${request.url()}`);
  });
  return { page, complaints };
}

/** A page of a person who has signed in. */
export async function openSignedIn(
  site: Address,
  { token = TOKEN, ...options }: BrowserContextOptions & { token?: string } = {},
): Promise<Watched> {
  const watched = await openPage(site, options);
  const answer = await watched.page.context().request.post('/app/session', {
    data: { token },
    headers: { origin: site.url },
  });
  if (!answer.ok()) throw new Error(`Signing in failed: ${await answer.text()}`);
  return watched;
}

/** The administrator's session in the page's browser reads as a viewer of the directorate or unit. */
export async function viewAs(
  site: Address,
  page: Page,
  viewer: { directorate: string } | { unit: string },
): Promise<void> {
  const answer = await page.context().request.post('/app/session/view_as', {
    data: viewer,
    headers: { origin: site.url },
  });
  if (!answer.ok()) throw new Error(`Viewing as a viewer failed: ${await answer.text()}`);
}

/** Waits until every panel has its figures and every picture is drawn. A stream of events stays open meanwhile. */
export async function isDrawn(page: Page): Promise<void> {
  await page.waitForFunction(() => {
    const isBusy = document.querySelector('[aria-busy="true"], .waiting') !== null;
    const pictures = [...document.querySelectorAll('.picture')];
    return !isBusy && pictures.every((picture) => picture.firstElementChild !== null);
  });
}

/** The rules of accessibility that a page breaks, and where. */
export async function violationsOn(page: Page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run());
  return violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ target }) => target) }));
}

/**
 * Opens Explore and waits until all its calls have been answered: then only a person's next step makes another one.
 * Home would make one more for late dates.
 */
export async function openExplore(page: Page): Promise<void> {
  const answers = ['categories', 'courses', 'summary', 'days'].map((call) =>
    page.waitForResponse((answer) => new URL(answer.url()).pathname.endsWith(`/${call}`)),
  );
  await page.goto('/app/explore');
  await Promise.all(answers);
  await isDrawn(page);
}

/** Presses Tab until an element with this name has the focus. Fails after as many presses as a page has links. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const visited: string[] = [];
  for (let press = 0; press < 120; press += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLInputElement | null;
      const label = element?.labels?.[0]?.textContent;
      return (label ?? element?.getAttribute('aria-label') ?? element?.textContent ?? '').trim();
    });
    if (focused === name || focused.startsWith(`${name} `)) return;
    visited.push(focused);
  }
  throw new Error(`The Tab key does not reach "${name}". It reached: ${visited.join(' | ')}`);
}
