import { chromiumOptions } from '@etl/local-stack';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { BenchGateway } from '../system.ts';
import { type Noted, noteTimings, readTimings, whenDrawn } from './page-timings.ts';
import type { View } from './views.ts';

/** The network and the processor of a person far away with an old phone. */
export const SLOWED = { bitsPerSecond: 1.6e6, roundTripMs: 150, processor: 4 };

const API = '/api/user_activity_etl';

export function openBrowser(): Promise<Browser> {
  return chromium.launch(chromiumOptions());
}

/** One loading of a view. Times are in milliseconds since the navigation began. */
export interface Loading {
  largestPaint: number;
  /** Every panel and picture was there. */
  drawn: number;
  shift: number;
  /** Calls that began before the first of them was answered: nothing of the figures was painted yet. */
  firstCalls: number;
  calls: number;
  /** The slowest call, as the gateway logged it. */
  slowest: number;
  scripts: string[];
  largest: string;
  moved: string[];
}

/** The first visit of a view, the second one with what the browser has kept, and an interaction after it. */
export interface Visit {
  cold: Loading;
  warm: Loading;
  interaction: Pick<Noted, 'toPaint' | 'shift' | 'moved'> & { slowest: number };
}

export async function visit(browser: Browser, gateway: BenchGateway, view: View): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: gateway.origin,
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
  });
  try {
    if (!view.isOpen) {
      const answer = await context.request.post('/app/session', {
        data: { token: gateway.token },
        headers: { origin: gateway.origin },
      });
      if (!answer.ok()) throw new Error(`Signing in failed: ${await answer.text()}`);
    }
    const page = await context.newPage();
    await page.addInitScript(noteTimings);
    await slowDown(page);
    const cold = await load(page, gateway, view);
    await page.goto('about:blank');
    const warm = await load(page, gateway, view);
    const logged = logOf(gateway);
    await view.interact(page);
    await isDrawn(page, 'body');
    const { toPaint, shift, moved } = await page.evaluate(readTimings, API);
    const since = { shift: shift - warm.shift, moved: moved.slice(warm.moved.length) };
    return { cold, warm, interaction: { toPaint, ...since, slowest: logged() } };
  } finally {
    await context.close();
  }
}

async function slowDown(page: Page): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('Network.enable');
  await devTools.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: SLOWED.roundTripMs,
    downloadThroughput: SLOWED.bitsPerSecond / 8,
    uploadThroughput: SLOWED.bitsPerSecond / 8,
  });
  await devTools.send('Emulation.setCPUThrottlingRate', { rate: SLOWED.processor });
}

async function load(page: Page, gateway: BenchGateway, view: View): Promise<Loading> {
  const logged = logOf(gateway);
  await page.goto(view.address, { waitUntil: 'commit' });
  const drawn = await isDrawn(page, view.shows);
  const { calls, toPaint: _, ...noted } = await page.evaluate(readTimings, API);
  const answered = Math.min(...calls.map(({ responseEnd }) => responseEnd));
  return {
    ...noted,
    drawn,
    calls: calls.length,
    firstCalls: calls.filter(({ startTime }) => startTime < answered).length,
    slowest: logged(),
  };
}

/** Waits until everything is drawn and the browser is idle. Returns when everything was drawn. */
async function isDrawn(page: Page, shows: string): Promise<number> {
  const drawn = await page.waitForFunction(whenDrawn, shows);
  const at = (await drawn.jsonValue()) as number;
  await page.evaluate(() => new Promise((resolve) => requestIdleCallback(resolve)));
  return at;
}

/** Returns a function: the milliseconds of the slowest call of the API that the gateway has answered since. */
function logOf({ gateway }: BenchGateway): () => number {
  const before = gateway.output().length;
  return () => {
    const lines = gateway.output().slice(before).split('\n').filter(Boolean);
    const answered = lines
      .map((line) => JSON.parse(line) as { path?: string; ms?: number })
      .filter(({ path = '' }) => path.startsWith(API) && path !== `${API}/events`);
    return Math.max(0, ...answered.map(({ ms = 0 }) => ms));
  };
}
