import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Browser, ME, OWN_PAGE, openBrowser, openForTest, SESSION, SESSION_SECRET } from './browser.ts';
import { addLeftOutAndRestated } from './cells-of-world.ts';
import { keptLog } from './kept-log.ts';
import { loadWorld } from './restated-world.ts';
import { API, type Gateway, openGateway } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, signed, signedFor } from './tokens.ts';
import { build, DATES, LEAST, type World, world } from './world.ts';

const VIEW_AS = `${SESSION}/view_as`;

const WORLDS = 10;
const CALLS_PER_WORLD = 120;

const { log, lines } = keptLog();
let gateway: Gateway;

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: { ...JWT_ENV, ETL_SESSION_SECRET: SESSION_SECRET, ETL_SUPPRESS_BELOW: String(LEAST) }, log },
  );
});
afterAll(() => gateway?.close());

async function signInAs(claims: Record<string, unknown>): Promise<Browser> {
  const browser = openBrowser(gateway);
  expect((await browser.signIn({ token: await signed(claims) })).statusCode).toBe(200);
  return browser;
}

const administrator = () => signInAs({ username: 'rector', roles: [ADMIN_ROLE] });

const viewAs = (browser: Browser, membership: object, headers: object = OWN_PAGE) =>
  browser.send({ method: 'POST', url: VIEW_AS, headers: { ...headers }, payload: membership });

const stop = (browser: Browser) => browser.send({ method: 'DELETE', url: VIEW_AS, headers: OWN_PAGE });

/** Idnumbers and ids of the worlds, and names of no category. */
const name = fc.constantFrom('A', 'a', 'A ', 'B', 'C', '1', '2', '3', '4', '5', '6', '7', '%', 'none');
const membership = fc
  .record({ directorate: name, unit: name }, { requiredKeys: [] })
  .filter((one) => Object.keys(one).length > 0);

const RANGE = `from=${DATES[0]}&to=${DATES[2]}`;
const date = fc.constantFrom(...DATES);
const id = fc.integer({ min: 2, max: 45 });

/** Any call that reads. */
const call = fc.oneof(
  date.map((of) => `results/${of}`),
  date.map((of) => `results/${of}?limit=3&offset=1`),
  date.map((of) => `export?date=${of}&format=csv&limit=all`),
  date.map((of) => `export?date=${of}&format=ndjson&limit=5`),
  date.map((of) => `status?date=${of}`),
  fc.constantFrom('day', 'course', 'unit', 'directorate').map((by) => `summary?${RANGE}&group_by=${by}`),
  fc
    .constantFrom('days', 'series', 'categories', 'courses', 'restatements', 'ledger')
    .map((of) => `${of}?${RANGE}`),
  fc.constantFrom('Logic', 'F', 'course').map((text) => `courses?${RANGE}&q=${text}`),
  fc
    .tuple(name, fc.constantFrom('series', 'courses'))
    .map(([of, what]) => `${what}?${RANGE}&category=${encodeURIComponent(of)}`),
  id.map((course) => `courses/${course}?${RANGE}`),
  id.map((course) => `series?${RANGE}&course=${course}`),
  fc.tuple(date, id).map(([of, course]) => `cells/${of}/${course}/total_views`),
  fc.constant('scheduler_data?limit=5'),
);

it('an administrator who views as a viewer gets exactly what a token of that viewer gets', async () => {
  let compared = 0;
  let found = 0;
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(fc.tuple(membership, call), { minLength: CALLS_PER_WORLD, maxLength: CALLS_PER_WORLD }),
      async (all: World, calls) => {
        await loadWorld(gateway, all);
        await addLeftOutAndRestated(gateway, all);
        const browser = await administrator();
        for (const [as, path] of calls) {
          expect((await viewAs(browser, as)).statusCode).toBe(200);
          const seen = await browser.send({ url: `${API}/${path}` });
          const token = await signed({ username: 'rector', ...as });
          const own = await gateway.app.inject({
            url: `${API}/${path}`,
            headers: { authorization: `Bearer ${token}` },
          });
          expect([path, as, seen.statusCode, withoutTime(seen.body)]).toEqual([
            path,
            as,
            own.statusCode,
            withoutTime(own.body),
          ]);
          compared += 1;
          if (own.statusCode === 200) found += 1;
        }
      },
    ),
    { numRuns: WORLDS, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(1000);
  expect(found).toBeGreaterThan(500);
});

const withoutTime = (body: string) => body.replace(/"timestamp":"[^"]*"/, '');

describe('viewing as a viewer', () => {
  beforeAll(async () => {
    const [all] = fc.sample(world, { numRuns: 1, seed: 4 }) as [World];
    await build(gateway, all);
  });

  it('is said by `me`, and ends when the administrator stops', async () => {
    const browser = await administrator();
    const begun = await viewAs(browser, { directorate: '1' });
    const expected = { username: 'rector', role: 'viewer', view_as: { directorate: '1', unit: null } };
    expect(begun.json().data).toMatchObject(expected);
    const seen = await browser.send(ME);
    expect(seen.json().data).toEqual(begun.json().data);
    const ended = await stop(browser);
    expect(ended.json().data).toMatchObject({ role: 'administrator', view_as: null, scope: null });
    // The browser's stored answer of the viewer is not taken for the administrator's.
    const again = await browser.send({ ...ME, headers: { 'if-none-match': String(seen.headers.etag) } });
    expect(again.statusCode).toBe(200);
  });

  it('as another name without a category gives another answer of `me`', async () => {
    const browser = await administrator();
    await viewAs(browser, { directorate: 'gone' });
    const { etag } = (await browser.send(ME)).headers;
    await viewAs(browser, { directorate: 'gone too' });
    const again = await browser.send({ ...ME, headers: { 'if-none-match': String(etag) } });
    expect(again.json().data.view_as).toEqual({ directorate: 'gone too', unit: null });
  });

  it('starts nothing, cancels nothing, and asks for no recount', async () => {
    const browser = await administrator();
    await viewAs(browser, { directorate: '1' });
    const run = '4b0c6d5e-8f1a-4c3b-9d2e-7a6f5e4d3c2b';
    const calls = ['run_pipeline', 'run_activity_counts', 'run_user_counts', 'run_main_etl', 'run_backfill'];
    calls.push(`runs/${run}/cancel`, `runs/${run}/retry`, `cells/${DATES[0]}/2/recount`);
    for (const path of calls) {
      const answer = await browser.send({
        method: 'POST',
        url: `${API}/${path}`,
        headers: OWN_PAGE,
        payload: {},
      });
      expect([path, answer.json().code]).toEqual([path, 'FORBIDDEN']);
    }
    await stop(browser);
    const allowed = await browser.send({
      method: 'POST',
      url: `${API}/runs/${run}/retry`,
      headers: OWN_PAGE,
      payload: {},
    });
    expect(allowed.json().code).not.toBe('FORBIDDEN');
  });

  it('is refused to viewers, without a session, to other pages, and without a category', async () => {
    const dean = await signInAs({ username: 'dean', directorate: '1' });
    expect((await viewAs(dean, { directorate: '2' })).json().code).toBe('FORBIDDEN');
    expect((await dean.send(ME)).json().data).toMatchObject({ view_as: null, username: 'dean' });
    expect((await viewAs(openBrowser(gateway), { directorate: '1' })).json().code).toBe('UNAUTHORIZED');
    const browser = await administrator();
    const other = { ...OWN_PAGE, 'sec-fetch-site': 'cross-site' };
    expect((await viewAs(browser, { directorate: '1' }, other)).json().code).toBe('FORBIDDEN');
    for (const body of [{}, { directorate: '' }, { unit: 3 }, { directorate: '1', faculty: '2' }]) {
      expect((await viewAs(browser, body)).json().code).toBe('INVALID_REQUEST');
    }
    expect((await browser.send(ME)).json().data).toMatchObject({ view_as: null, role: 'administrator' });
  });

  it('of another viewer follows at once, without stopping first', async () => {
    const browser = await administrator();
    await viewAs(browser, { directorate: '1' });
    const second = await viewAs(browser, { directorate: '1', unit: '3' });
    expect(second.json().data.view_as).toEqual({ directorate: '1', unit: '3' });
  });

  it('counts for the limit of the administrator, whatever it views as', async () => {
    const limited = await openForTest({ ETL_RATE_LIMIT: '5' });
    const browser = openBrowser(limited);
    await browser.signIn({ token: await signed({ username: 'rector', roles: [ADMIN_ROLE] }) });
    const codes = [];
    for (const directorate of ['1', '2', '3']) {
      await viewAs(browser, { directorate });
      for (let call = 0; call < 2; call += 1) codes.push((await browser.send(ME)).statusCode);
    }
    expect(codes).toEqual([200, 200, 200, 200, 200, 429]);
  });

  it('does not make the session longer', async () => {
    const browser = openBrowser(gateway);
    const token = await signedFor({ username: 'rector', roles: [ADMIN_ROLE] }, '60s');
    await browser.signIn({ token });
    const { cookies } = await viewAs(browser, { directorate: '1' });
    expect(cookies[0]?.maxAge).toBeLessThanOrEqual(60);
    expect((await stop(browser)).cookies[0]?.maxAge).toBeLessThanOrEqual(60);
  });

  it('is in the log: who began and ended it, and each request meanwhile', async () => {
    const browser = await administrator();
    lines.length = 0;
    await viewAs(browser, { unit: '3' });
    await browser.send(ME);
    await stop(browser);
    const viewed = { caller: 'rector', viewAs: { unit: '3' } };
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'view as: begins', ...viewed }));
    expect(lines).toContainEqual(expect.objectContaining({ path: ME.url, ...viewed }));
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'view as: ends', caller: 'rector' }));
  });
});
