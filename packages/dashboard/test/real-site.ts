import type { Page } from 'playwright-core';
import {
  openSystem,
  post,
  type Servers,
  SMALL_SAMPLE,
  type System,
  TOKEN,
} from '../../acceptance/test/system.ts';
import { type Address, launchBrowser, openSignedIn, type Watched } from './browser.ts';

/** The whole system as processes, with a sample Moodle of these dates, and a browser. No process runs yet. */
export interface RealSite extends Address {
  system: System;
  /** Runs a date to its end. */
  run(date: string): Promise<void>;
  /** A page of an administrator. */
  open(address: string): Promise<Watched>;
  close(): Promise<void>;
}

export async function openRealSite(
  servers: Servers,
  { dates, env = {} }: { dates: readonly string[]; env?: Record<string, string> },
): Promise<RealSite> {
  const system = await openSystem(servers, {
    sample: { ...SMALL_SAMPLE, dates },
    env: { ETL_SESSION_SECRET: 'a secret of these tests, with many letters', ...env },
  });
  const browser = await launchBrowser();
  const site = { url: new URL(system.api).origin, browser };
  return {
    ...site,
    system,
    run: async (date) => {
      const { code } = await system.call('run_pipeline', post({ date }));
      const status = await system.runEnd(date);
      if (code !== 202 || status !== 'completed') throw new Error(`The run of ${date}: ${code}, ${status}`);
    },
    open: async (address) => {
      const watched = await openSignedIn(site, { token: TOKEN });
      await watched.page.goto(address);
      await mark(watched.page);
      return watched;
    },
    close: async () => {
      await browser.close();
      await system.close();
    },
  };
}

/** The mark is gone if the page is loaded again. */
const mark = (page: Page) => page.evaluate(() => document.documentElement.setAttribute('data-mark', ''));

export const isLoadedOnce = (page: Page) =>
  page.evaluate(() => document.documentElement.hasAttribute('data-mark'));

/** Complaints but those of the browser itself about requests that a dead server does not answer. */
export const ofScripts = (complaints: readonly string[]) =>
  complaints.filter((complaint) => !complaint.startsWith('error: Failed to load resource: '));
