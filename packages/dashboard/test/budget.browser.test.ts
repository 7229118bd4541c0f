import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { API } from '../../gateway/test/support.ts';
import { isDrawn, openSignedIn, openSite, type Site } from './browser.ts';

const DIST = path.resolve(import.meta.dirname, '../dist');
const KB = 1024;

/** Of scripts, as gzip. The library of the charts comes after the first view. */
const FIRST_VIEW = 38 * KB;
const CHARTS = 100 * KB;
/** Each other view is a script of its own. */
const FURTHER_VIEW = 6 * KB;

/** Beside `me` and `events`: before the first figures, and in all. */
const MOST_FIRST_CALLS = 3;
const MOST_CALLS = 6;

const bytesOf = (name: string) => readFileSync(path.join(DIST, 'assets', name));

/** The call of an address with its query, if it counts. */
function callOf(url: string): string | undefined {
  const call = url.split(`${API}/`)[1];
  return call === 'me' || call === 'events' ? undefined : call;
}

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

it.each(['/app', '/app/explore', '/app/explore?category=FTI'])(
  '%s loads no more than the budget allows, each script as a compressed copy',
  async (address) => {
    const { page } = await openSignedIn(site);
    const scripts: { name: string; encoding: string | undefined }[] = [];
    const calls: string[] = [];
    let callsBeforeFigures = 0;
    page.on('request', (request) => {
      const call = callOf(request.url());
      if (call && calls.length === 0) callsBeforeFigures += 1;
    });
    page.on('response', (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.endsWith('.js'))
        scripts.push({
          name: path.basename(pathname),
          encoding: response.headers()['content-encoding'],
        });
      const call = callOf(response.url());
      if (call) calls.push(call);
    });
    await page.goto(address);
    await isDrawn(page);
    const sizeOf = (isChart: boolean) =>
      scripts
        .filter(({ name }) => name.startsWith('pictures-') === isChart)
        .map(({ name }) => gzipSync(bytesOf(name), { level: 9 }).length)
        .reduce((sum, size) => sum + size, 0);
    expect(sizeOf(false)).toBeGreaterThan(10 * KB);
    expect(sizeOf(false)).toBeLessThanOrEqual(address === '/app' ? FIRST_VIEW : FIRST_VIEW + FURTHER_VIEW);
    expect(sizeOf(true)).toBeGreaterThan(10 * KB);
    expect(sizeOf(true)).toBeLessThanOrEqual(CHARTS);
    // The smallest ones have no copy: they fit into one packet as they are.
    const plain = scripts.filter(({ encoding }) => encoding === undefined);
    for (const { name } of plain) expect(bytesOf(name).length, name).toBeLessThan(KB);
    expect(callsBeforeFigures).toBeGreaterThan(0);
    expect(callsBeforeFigures).toBeLessThanOrEqual(MOST_FIRST_CALLS);
    expect(calls.length).toBeLessThanOrEqual(MOST_CALLS);
    expect(new Set(calls).size).toBe(calls.length);
  },
);

it.each(['/app/explore?category=FTI&compare=year', '/app/courses/102'])(
  '%s asks for its first figures once, although the page of the gateway names the call',
  async (address) => {
    const { page, complaints } = await openSignedIn(site);
    const calls: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes(API)) calls.push(request.url());
    });
    await page.goto(address);
    await isDrawn(page);
    expect(new Set(calls).size).toBe(calls.length);
    expect(complaints).toEqual([]);
  },
);
