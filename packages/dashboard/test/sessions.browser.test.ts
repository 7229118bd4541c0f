import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromiumOptions } from '@etl/local-stack';
import { chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { API, TOKEN } from '../../gateway/test/support.ts';
import { ADMIN_ROLE, signed, signedFor } from '../../gateway/test/tokens.ts';
import { isDrawn, openExplore, openPage, openSignedIn, openSite, type Site } from './browser.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

const isHome = (page: Page) => page.getByRole('heading', { name: /is final/ }).waitFor();
const isSignedOut = (page: Page) => page.waitForURL('**/app/sign-in**');

/** Who the gateway takes the browser for. */
async function nameIn(page: Page): Promise<string | number> {
  const answer = await page.context().request.get(`${site.url}${API}/me`);
  return answer.ok() ? (await answer.json()).data.username : answer.status();
}

describe('signing out', () => {
  it('another tab of the browser leads to the sign-in as well, without a click', async () => {
    const { page } = await openSignedIn(site);
    const other = await page.context().newPage();
    for (const tab of [page, other]) {
      await tab.goto('/app/explore');
      await tab.getByRole('rowheader', { name: /Algorithms/ }).waitFor();
    }
    await page.getByRole('button', { name: 'Sign out' }).click();
    for (const tab of [page, other]) {
      await tab.getByText('You are signed out.').waitFor();
      expect(await tab.locator('body').textContent()).not.toContain('Algorithms');
    }
  });

  it.each([
    ['with', ['--disable-back-forward-cache']],
    ['without', []],
  ])('"Back" shows no figures, %s the pages that Chromium keeps in memory', async (_, without) => {
    const browser = await chromium.launch({ ...chromiumOptions(), ignoreDefaultArgs: without });
    onTestFinished(() => browser.close());
    const { page } = await openSignedIn({ ...site, browser });
    await page.goto('/app');
    await isHome(page);
    await page.goto('/app/explore');
    await page.getByRole('rowheader', { name: /Algorithms/ }).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('You are signed out.').waitFor();
    for (let back = 0; back < 2; back += 1) {
      const answers: string[] = [];
      page.on('response', async (response) => {
        if (response.url().includes(API) && response.status() < 400) answers.push(response.url());
      });
      const leading = page.waitForResponse(
        (answer) =>
          answer.request().isNavigationRequest() && new URL(answer.url()).pathname === '/app/sign-in',
      );
      // Playwright's own step back waits for a page to load. A page that was kept in memory does not load.
      await page.evaluate(() => setTimeout(() => window.history.back()));
      await leading;
      await page.getByRole('textbox', { name: 'Token' }).waitFor();
      expect(await page.locator('body').textContent()).not.toMatch(/Algorithms|is final/);
      expect(answers).toEqual([]);
    }
  });

  it('a page that cannot reach the gateway says so, and the person stays signed in', async () => {
    const { page } = await openSignedIn(site);
    await page.goto('/app');
    await isHome(page);
    await page.context().setOffline(true);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('alert').getByText('The server cannot be reached.').first().waitFor();
    await page.context().setOffline(false);
    expect(await nameIn(page)).toBe('test');
  });
});

it('when another person signs in on another tab, every open tab begins anew with what that person reads', async () => {
  const { page } = await openSignedIn(site);
  await page.goto('/app/explore');
  await page.getByRole('rowheader', { name: /Ancient History/ }).waitFor();
  const other = await page.context().newPage();
  await other.goto('/app/sign-in?next=http://[');
  const token = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'FTI' });
  await other.getByRole('textbox', { name: 'Token' }).fill(token);
  await other.getByRole('button', { name: 'Sign in' }).click();
  await isHome(other);
  await page.getByText('dean').waitFor();
  await page.getByRole('rowheader', { name: /Algorithms/ }).waitFor();
  expect(await page.locator('body').textContent()).not.toContain('History');
  expect(new URL(page.url()).pathname).toBe('/app/explore');
});

describe('a session of a browser', () => {
  it('lasts eight hours at most, and scripts cannot read it', async () => {
    const { page } = await openSignedIn(site);
    await page.goto('/app');
    await isHome(page);
    const [cookie, ...others] = await page.context().cookies();
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ name: 'etl-session', httpOnly: true, sameSite: 'Lax', path: '/' });
    const seconds = (cookie?.expires ?? 0) - Date.now() / 1000;
    expect(seconds).toBeLessThanOrEqual(8 * 3600);
    expect(seconds).toBeGreaterThan(8 * 3600 - 120);
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  it('ends after eight hours: the next call leads to the sign-in, and the figures are gone', async () => {
    let later = 0;
    const aged = await openSite({ now: () => new Date(Date.now() + later) });
    onTestFinished(() => aged.close());
    const { page } = await openSignedIn(aged);
    await openExplore(page);
    later = 8 * 3_600_000;
    await page.getByRole('link', { name: '7 days' }).click();
    await page.getByText('Your session has ended. Sign in again.').waitFor();
    expect(await page.locator('body').textContent()).not.toContain('Algorithms');
    await page.goto('/app');
    await isSignedOut(page);
  });

  it('changed by one letter is no session', async () => {
    const { page } = await openSignedIn(site);
    const context = page.context();
    const [cookie] = await context.cookies();
    if (!cookie) throw new Error('There is no cookie');
    const { value } = cookie;
    for (const at of [10, value.length - 30, value.length - 4]) {
      const letter = value[at] === 'A' ? 'B' : 'A';
      await context.addCookies([{ ...cookie, value: value.slice(0, at) + letter + value.slice(at + 1) }]);
      await page.goto('/app');
      await isSignedOut(page);
      expect(await nameIn(page)).toBe(401);
    }
  });

  // Cookies know no ports: the browser sends the session to each of these gateways.
  it.each([
    [
      'that no longer has its token, or of another institution with the same secret',
      { ETL_WEBHOOK_TOKENS: 'new:a-token-of-another-gateway' },
      'sign-in',
    ],
    ['with another secret', { ETL_SESSION_SECRET: 'another secret, which is long enough' }, 'sign-in'],
    ['with the same secret and the same token', {}, 'home'],
  ])('is shown to a gateway %s', async (_, env, shown) => {
    const second = await openSite({ load: async () => {}, env });
    onTestFinished(() => second.close());
    const { page } = await openSignedIn(site);
    await page.goto(`${second.url}/app`);
    if (shown === 'sign-in') await isSignedOut(page);
    else await page.getByRole('heading', { name: 'No figures yet' }).waitFor();
  });
});

describe('a page of another origin', () => {
  /** `127.0.0.1` on another port is of the same site: its requests have the cookie. `localhost` is another site. */
  const HOSTS = ['127.0.0.1', 'localhost'];

  async function openForeign(page: Page, host: string): Promise<string> {
    const server = createServer((_, answer) => {
      answer.setHeader('content-type', 'text/html').end('<!doctype html><title>Foreign</title><body></body>');
    });
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    onTestFinished(() => void server.close());
    const url = `http://${host}:${(server.address() as AddressInfo).port}`;
    await page.goto(url);
    return url;
  }

  const runs = async () =>
    (await site.gateway.warehouse.selectFrom('log_scheduler').select('id').execute()).length;

  it.each(HOSTS)('of %s starts no run with a form or with a script', async (host) => {
    const { page } = await openSignedIn(site);
    const target = `${site.url}${API}/run_pipeline`;
    const before = await runs();
    const statuses: number[] = [];
    let posts = 0;
    page.on('request', (request) => {
      if (request.url() === target && request.method() === 'POST') posts += 1;
    });
    page.on('response', (response) => {
      if (response.url().startsWith(site.url) && response.request().method() === 'POST')
        statuses.push(response.status());
    });
    await openForeign(page, host);
    const trick = '{"date":"2024-02-10","x":"=';
    await page.evaluate(
      async ({ target, trick }) => {
        // The page cannot read the answers.
        const ignored = () => {};
        const simple = { method: 'POST', mode: 'no-cors', credentials: 'include' } as const;
        const bodies: [string, string][] = [
          ['text/plain', '{"date":"2024-02-10"}'],
          ['application/x-www-form-urlencoded', 'date=2024-02-10'],
          ['multipart/form-data; boundary=x', '--x\r\n\r\n{}\r\n--x--'],
        ];
        for (const [type, body] of bodies) {
          const headers = { 'content-type': type };
          await fetch(target, { ...simple, headers, body }).catch(ignored);
        }
        // JSON needs a preflight, which the gateway does not allow.
        const headers = { 'content-type': 'application/json' };
        await fetch(target, { method: 'POST', credentials: 'include', headers, body: '{}' }).catch(ignored);
        await fetch(target, simple).catch(ignored);
        navigator.sendBeacon(target, new Blob([trick], { type: 'text/plain' }));
      },
      { target, trick },
    );
    for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const answered = page.waitForResponse((response) => response.url() === target);
      await page.evaluate(
        ({ target, enctype, trick }) => {
          const form = Object.assign(document.createElement('form'), {
            method: 'post',
            action: target,
            enctype,
          });
          form.append(Object.assign(document.createElement('input'), { name: trick, value: '"}' }));
          document.body.append(form);
          form.submit();
        },
        { target, enctype, trick },
      );
      await answered;
      await page.waitForURL(target);
      await openForeign(page, host);
    }
    expect(posts).toBeGreaterThanOrEqual(8);
    // The browser hides the answers to scripts.
    expect(statuses.length).toBeGreaterThanOrEqual(3);
    // The cookie of Lax does not go with a post of another site.
    expect(new Set(statuses)).toEqual(new Set([host === 'localhost' ? 401 : 403]));
    expect(await runs()).toBe(before);
    expect(await nameIn(page)).toBe('test');
  });

  it.each(HOSTS)('of %s neither signs a person out nor signs another one in', async (host) => {
    const { page } = await openSignedIn(site);
    await openForeign(page, host);
    const token = await signed({ username: 'stranger' });
    const answered = page.waitForResponse((response) => response.url() === `${site.url}/app/session`);
    await page.evaluate(
      ({ url, token }) => {
        const form = Object.assign(document.createElement('form'), {
          method: 'post',
          action: url,
          enctype: 'text/plain',
        });
        form.append(
          Object.assign(document.createElement('input'), { name: `{"token":"${token}","x":"`, value: '"}' }),
        );
        document.body.append(form);
        form.submit();
      },
      { url: `${site.url}/app/session`, token },
    );
    expect((await answered).status()).toBe(403);
    await page.waitForURL('**/app/session');
    await openForeign(page, host);
    await page.evaluate(async (url) => {
      const headers = { 'content-type': 'application/json' };
      await fetch(url, { method: 'DELETE', credentials: 'include', headers, body: '{}' }).catch(() => {});
      const simple = { method: 'POST', mode: 'no-cors', credentials: 'include' } as const;
      await fetch(url, { ...simple, body: '{"token":"x"}' }).catch(() => {});
    }, `${site.url}/app/session`);
    expect(await nameIn(page)).toBe('test');
  });

  it.each(HOSTS)('of %s reads no figures and shows no page in a frame', async (host) => {
    const { page } = await openSignedIn(site);
    await openForeign(page, host);
    const read = await page.evaluate(
      (url) =>
        fetch(url, { credentials: 'include' }).then(
          (answer) => answer.text(),
          () => 'refused',
        ),
      `${site.url}${API}/me`,
    );
    expect(read).toBe('refused');
    for (const address of ['/app', '/app/sign-in', '/app/runs', '/docs/', '/openapi.json', `${API}/me`]) {
      await page.evaluate((src) => {
        const frame = Object.assign(document.createElement('iframe'), { src });
        const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
        document.body.replaceChildren(frame);
        return loaded;
      }, site.url + address);
      await expect
        .poll(() => page.frames()[1]?.url(), { message: address })
        .toBe('chrome-error://chromewebdata/');
    }
  });
});

it('a token is in no address, storage, cookie, source, history or answer, whether it is right or wrong', async () => {
  const right = await signed({ username: 'root', roles: [ADMIN_ROLE] });
  const wrong = [`${TOKEN.slice(0, -1)}?`, await signedFor({ username: 'late' }, '-1s'), 'x'.repeat(5000)];
  const { page } = await openPage(site);
  const seen: string[] = [];
  page.on('request', (request) => seen.push(request.url(), JSON.stringify(request.headers())));
  page.on('response', async (response) => seen.push(await response.text().catch(() => '')));
  await page.goto('/app/sign-in');
  for (const token of [...wrong, right]) {
    await page.getByRole('textbox', { name: 'Token' }).fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    if (token === right) await isHome(page);
    else await page.getByRole('alert').waitFor();
  }
  await isDrawn(page);
  const kept = await page.evaluate(async () => {
    const databases = (await indexedDB.databases()).map(({ name }) => name);
    return JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      history.state,
      window.name,
      await caches.keys(),
      databases,
      performance.getEntries().map(({ name }) => name),
    ]);
  });
  const cookies = JSON.stringify(await page.context().storageState({ indexedDB: true }));
  for (const text of [kept, cookies, await page.content(), page.url(), ...seen])
    for (const token of [...wrong, right]) expect(text).not.toContain(token.slice(0, 60));
});
