import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { API, mergeRows } from '../../gateway/test/support.ts';
import { signed } from '../../gateway/test/tokens.ts';
import { isDrawn, openSignedIn, openSite, type Site, type Watched } from './browser.ts';
import { OTHERS, withOthers } from './names-of-others.ts';
import { COURSES, LAST, rowOf } from './term.ts';

/** The head of Informatics asks for everything else, by every form of an address. */

/** Names that no answer to this person may contain. */
const FOREIGN_NAMES = ['Letters', 'History', 'Civil Engineering', 'Statics', 'Hydraulics'];
const FILTERS = ['all', 'silent', 'new', 'falling', 'rising'];
const FILES = ['listed', 'day', 'course', 'unit', 'directorate', 'rows'];

const ADDRESSES = [
  '/app',
  '/app/explore',
  '/app/explore?category=FTI',
  '/app/share',
  '/app/runs?until=2024-02-25&date=2024-02-12',
  '/app/runs?until=2024-02-25&date=2024-02-10&last=2024-02-12',
  ...FILTERS.map((filter) => `/app/explore?filter=${filter}&compare=year`),
  ...FILES.map((of) => `/app/share?of=${of}`),
  ...OTHERS.categories.flatMap((category) => [
    `/app/explore?category=${category}`,
    `/app/share?of=listed&category=${category}`,
  ]),
  '/app/courses/101?explain=2024-02-25',
  ...[...OTHERS.courses, 'C104', '0', '-1'].map((course) => `/app/courses/${course}`),
  ...OTHERS.texts.map((text) => `/app/explore?q=${text}`),
];

let site: Site;
let watched: Watched;

beforeAll(async () => {
  site = await openSite();
});
beforeEach(async () => {
  const token = await signed({ username: 'head', roles: ['lecturer'], directorate: 'FTI', unit: 'FTI-IF' });
  watched = await openSignedIn(site, { token });
});

afterAll(() => site?.close());

const foreignIn = (text: string) => FOREIGN_NAMES.filter((name) => text.includes(name));

/** Opens the page, and returns the calls that it makes. */
async function callsOf(page: Page, address: string): Promise<{ url: string; text: string }[]> {
  const answers: Promise<{ url: string; text: string }>[] = [];
  const listen = (response: Awaited<ReturnType<Page['waitForResponse']>>) => {
    const { pathname, search } = new URL(response.url());
    if (!pathname.startsWith(API) || pathname.endsWith('/events')) return;
    answers.push(
      response.text().then(
        (text) => ({ url: pathname + search, text }),
        () => ({ url: pathname + search, text: '' }),
      ),
    );
  };
  page.on('response', listen);
  await page.goto(address);
  await page.locator('h1').first().waitFor();
  if (address.includes('explain=')) await page.locator('.drawer .value').waitFor();
  // The file has an address only when the range is known.
  if (address.startsWith('/app/share')) await page.locator('a[download]').waitFor();
  await isDrawn(page);
  page.off('response', listen);
  return Promise.all(answers);
}

it('a viewer of one unit finds no course of another unit by any address of a page or call', async () => {
  const { page } = watched;
  const request = page.context().request;
  const calls = new Map<string, string>();
  for (const address of ADDRESSES) {
    for (const { url, text } of await callsOf(page, address)) {
      calls.set(url, text);
      expect(foreignIn(text), `${url} of ${address}`).toEqual([]);
    }
    // The foot of a printed page has its address.
    const shown = ((await page.locator('body').textContent()) ?? '').replace(site.url + address, '');
    expect(foreignIn(shown), address).toEqual([]);
    for (const file of await page
      .locator('a[download]')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''))) {
      const answer = await request.get(file);
      calls.set(file, '');
      expect(foreignIn(await answer.text()), file).toEqual([]);
    }
  }
  // Each call of the pages was made.
  const made = new Set([...calls.keys()].map((url) => url.slice(API.length + 1).split(/[/?]/)[0]));
  const expected = [
    'me',
    'days',
    'series',
    'categories',
    'courses',
    'summary',
    'export',
    'scheduler_data',
    'status',
    'cells',
  ];
  expect([...made].toSorted()).toEqual(expected.toSorted());

  const variants = new Map([...calls.keys()].flatMap(withOthers).map((one) => [one.url, one]));
  expect(variants.size).toBeGreaterThan(100);
  const bodyOf = async (url: string, name: string) => {
    const whole = await (await request.get(url)).text();
    expect(foreignIn(whole.replaceAll(name, '')), url).toEqual([]);
    // A suggestion names what this person can read.
    const text = whole
      .replace(/"timestamp":"[^"]*"/, '')
      .replaceAll(/ Did you mean [^?]*\?| Give its id or idnumber\./g, '');
    return text.replaceAll(name, '…').replaceAll(encodeURIComponent(name), '…');
  };
  // What belongs to others looks like what does not exist.
  for (const { url, unknown, other, name } of variants.values())
    expect(await bodyOf(url, other), url).toBe(await bodyOf(unknown, name));
});

it("a viewer's events name no course and have no count of the institution", async () => {
  const { page } = watched;
  await page.goto('/app');
  const events = page.evaluate(
    (url) =>
      new Promise<string>((resolve) => {
        const seen: string[] = [];
        const source = new EventSource(url);
        source.onopen = () => document.body.setAttribute('data-open', '');
        source.addEventListener('run', ({ data }) => seen.push(data));
        source.addEventListener('day', ({ data }) => {
          source.close();
          resolve([...seen, data].join('\n'));
        });
      }),
    `${API}/events`,
  );
  await page.locator('body[data-open]').waitFor();
  await mergeRows(
    site.gateway,
    '2024-02-26',
    COURSES.map((one) => ({ ...rowOf(one, LAST), total_views: 104_729 })),
    { log_rows: 104_743 },
  );
  const text = await events;
  expect(text).toContain('2024-02-26');
  expect([...foreignIn(text), ...['104729', '104743'].filter((count) => text.includes(count))]).toEqual([]);
});

it('no view shows a viewer what only administrators may do, and the gateway refuses each of these calls', async () => {
  const { page } = watched;
  const allowed = /^(Show|Search|Close|Show as (table|chart)|Sign out|Copy for \w+|Try again)$/;
  for (const address of [
    ...ADDRESSES.slice(0, 6),
    '/app/courses/101',
    '/app/courses/101?explain=2024-02-25',
    '/app/runs?until=2024-02-25&date=2024-02-25',
  ]) {
    await page.goto(address);
    await page.locator('h1').first().waitFor();
    if (address.includes('explain=')) await page.locator('.drawer .value').waitFor();
    await isDrawn(page);
    const buttons = await page.getByRole('button').allTextContents();
    expect(
      buttons.filter((name) => !allowed.test(name)),
      address,
    ).toEqual([]);
    expect(await page.locator('a[href*="/admin"]').count(), address).toBe(0);
  }
  const { paths } = await (await page.context().request.get('/openapi.json')).json();
  const unsafe = Object.entries<object>(paths).filter(
    ([path, methods]) => path.startsWith(API) && 'post' in methods,
  );
  const { run_id } = await site.gateway.warehouse
    .selectFrom('log_scheduler')
    .select('run_id')
    .executeTakeFirstOrThrow();
  const runs = () =>
    site.gateway.warehouse
      .selectFrom('log_scheduler')
      .select(['id', 'status', 'job_id'])
      .orderBy('id')
      .execute();
  const before = await runs();
  expect(unsafe.length).toBeGreaterThanOrEqual(7);
  for (const [path] of unsafe) {
    const url = path
      .replace('{run_id}', run_id)
      .replace('{date}', '2024-02-25')
      .replace('{moodle_course_id}', '101');
    const answer = await page.evaluate(async (url) => {
      const body = JSON.stringify(
        url.includes('/runs/') || url.endsWith('/recount')
          ? {}
          : { date: '2024-02-10', from: '2024-02-10', to: '2024-02-10' },
      );
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      });
      return [response.status, (await response.json()).code];
    }, url);
    expect(answer, url).toEqual([403, 'FORBIDDEN']);
  }
  expect(await runs()).toEqual(before);
});
