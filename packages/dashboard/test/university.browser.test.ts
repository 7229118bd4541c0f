import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { REFUSALS } from '../../gateway/src/authentication/oidc/refusals.ts';
import { TOKEN } from '../../gateway/test/support.ts';
import { ADMIN_ROLE } from '../../gateway/test/tokens.ts';
import { startUniversity, type University } from '../../gateway/test/university.ts';
import { isDrawn, openExplore, openPage, openSite, type Site, type Watched } from './browser.ts';

const ORDER = {
  accounts: {
    root: { username: 'root', roles: [ADMIN_ROLE] },
    dean: { username: 'dean', directorate: 'FTI' },
    guest: { username: 'guest', roles: ['student'] },
  },
};

let university: University;
let site: Site;
let later = 0;

beforeAll(async () => {
  university = await startUniversity({ ...ORDER, gateway: 'http://127.0.0.1' });
  site = await openSite({ env: university.env, now: () => new Date(Date.now() + later) });
  await university.change({ gateway: site.url });
});

afterAll(async () => {
  await site?.close();
  await university?.stop();
});

beforeEach(() => {
  later = 0;
});

const ACCOUNT = 'Sign in with your university account';

const choose = (page: Page, name = ACCOUNT) => page.getByRole('link', { name }).click();
const isHome = (page: Page) => page.getByRole('heading', { name: /is final/ }).waitFor();
const refusal = (page: Page) => page.getByRole('alert').textContent();

/** Fills the form of the provider. */
async function identify(page: Page, login: string): Promise<void> {
  await page.locator('input[name=login]').fill(login);
  await page.locator('input[name=password]').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
}

/** The browser loses its session, not what the provider knows. A page that is open would lead to the sign-in. */
async function loseSession(page: Page): Promise<void> {
  await page.goto('about:blank');
  await page.context().clearCookies({ name: 'etl-session' });
}

/** A person who has signed in at the university, and the address to which the provider led back. */
async function openAs(login: string, options = {}): Promise<Watched & { callback: string }> {
  const watched = await openPage(site, options);
  const { page } = watched;
  let callback = '';
  page.on('request', (request) => {
    if (request.url().includes('/app/sign-in/callback')) callback = request.url();
  });
  await page.goto('/app/sign-in');
  await choose(page);
  await identify(page, login);
  await isHome(page);
  return { ...watched, callback };
}

describe('a person signs in at the university', () => {
  it('the first time: with a password, and then sees the address that was asked for', async () => {
    const { page, complaints } = await openPage(site);
    const referrers: string[] = [];
    page.on('request', async (request) => referrers.push((await request.allHeaders()).referer ?? ''));
    await page.goto('/app/explore?category=FTI');
    await page.getByRole('link', { name: ACCOUNT }).waitFor();
    expect(complaints).toEqual([]);
    await choose(page);
    await page.locator('input[name=login]').waitFor();
    await identify(page, 'dean');
    await page.getByRole('heading', { name: 'Engineering', level: 1 }).waitFor();
    expect(page.url()).toBe(`${site.url}/app/explore?category=FTI`);
    await page.getByText('dean').waitFor();
    // The pages of the provider have complaints of their own.
    expect(
      complaints.filter((one) => /Content.Security.Policy/i.test(one) || one.includes(site.url)),
    ).toEqual([]);
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state]),
    );
    for (const text of [kept, await page.content(), ...referrers]) expect(text).not.toMatch(/code=|state=/);
  });

  it('again: the provider knows the person, and asks for nothing', async () => {
    const { page } = await openAs('dean');
    await loseSession(page);
    await page.goto('/app/runs');
    await choose(page);
    await page.waitForURL(`${site.url}/app/runs`);
    await page.getByText('dean').waitFor();
  });

  it('after the session has expired: the page asks for it, and then shows what it showed', async () => {
    const { page } = await openAs('dean');
    await openExplore(page);
    later = 3_600_000;
    await page.getByRole('link', { name: '7 days' }).click();
    await page.getByText('Your session has ended. Sign in again.').waitFor();
    later = 0;
    await choose(page);
    await page.waitForURL(`${site.url}/app/explore?from=2024-02-19&to=2024-02-25`);
    await isDrawn(page);
  });

  it('while the provider changes its keys: the session goes on, and another person signs in', async () => {
    const { page } = await openAs('dean');
    await university.change({ newKeys: true });
    await openExplore(page);
    const other = await openAs('root');
    await other.page.getByText('root').waitFor();
  });

  it('every other tab of the browser begins anew with what that person reads', async () => {
    const { page } = await openAs('root');
    await page.goto('/app/explore');
    await page.getByRole('rowheader', { name: /Ancient History/ }).waitFor();
    const other = await page.context().newPage();
    await other.goto('/app/sign-in?reason=left');
    await choose(other);
    await identify(other, 'dean');
    await isHome(other);
    await page.getByText('dean').waitFor();
    await page.getByRole('rowheader', { name: /Algorithms/ }).waitFor();
    expect(await page.locator('body').textContent()).not.toContain('History');
  });
});

/** A page of a gateway that has not asked the provider yet. */
async function openFresh(): Promise<Watched> {
  const fresh = await openSite({ load: async () => {}, env: university.env });
  onTestFinished(() => fresh.close());
  return openPage(fresh);
}

describe('the page says why a sign-in at the university failed', () => {
  it('the provider is down: the sentence says so, and a token still signs in', async () => {
    await university.stop();
    const { page } = await openFresh();
    await page.goto('/app/sign-in?next=/app/runs');
    await choose(page);
    await page.getByRole('alert').waitFor();
    expect(await refusal(page)).toMatch(/cannot be reached.*sign in with a token/);
    await page.getByRole('textbox', { name: 'Token' }).fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/app/runs');
    await university.start();
  });

  it('a person without a category gets the sentence whom to ask, and can take another account', async () => {
    const { page } = await openPage(site);
    await page.goto('/app/sign-in');
    await choose(page);
    await identify(page, 'guest');
    await page.getByRole('alert').waitFor();
    expect(await refusal(page)).toMatch(/no faculty or department.*Ask the team that runs Moodle/);
    expect(await page.locator('svg, table').count()).toBe(0);
    await choose(page, 'Sign in with another university account');
    await identify(page, 'dean');
    await isHome(page);
  });

  it('the provider names itself differently than the configuration', async () => {
    await university.change({ issuer: 'http://127.0.0.1:1' });
    const { page } = await openFresh();
    await page.goto('/app/sign-in');
    await choose(page);
    await page.getByRole('alert').waitFor();
    expect(await refusal(page)).toMatch(/^The answer of the university was not valid/);
    await university.change({ issuer: university.url });
  });

  it('the callback is opened again: it has been finished, and the person stays signed in', async () => {
    const { page, callback } = await openAs('dean');
    await page.goto(callback);
    expect(await refusal(page)).toMatch(/^This sign-in was finished before/);
    expect(page.url()).not.toMatch(/code=|state=/);
    await page.goto('/app');
    await isHome(page);
  });

  it('the code is used twice, with a copy of the cookie', async () => {
    const { page } = await openPage(site);
    let callback = '';
    page.on('request', (request) => {
      if (request.url().includes('/callback')) callback = request.url();
    });
    await page.goto('/app/sign-in');
    await choose(page);
    await page.locator('input[name=login]').waitFor();
    const kept = (await page.context().cookies()).filter(({ name }) => name.startsWith('etl-sign-in-'));
    expect(kept).toHaveLength(1);
    await identify(page, 'dean');
    await isHome(page);
    await loseSession(page);
    await page.context().addCookies(kept);
    await page.goto(callback);
    expect(await refusal(page)).toMatch(/^The answer of the university was not valid/);
    await page.goto('/app');
    await page.waitForURL('**/app/sign-in');
  });

  it.each([
    ['en-GB', /^[A-Z].*(Sign in|[Aa]sk|[Tt]ell|Try|administrator)/],
    ['id-ID', /^[A-Z].*(masuk|Mintalah|hubungi|Coba|[Aa]dministrator)/],
  ])('each reason has a sentence in %s that says what to do', async (locale, sentence) => {
    const { page, complaints } = await openPage(site, { locale });
    const seen = new Set<string | null>();
    for (const reason of REFUSALS) {
      await page.goto(`/app/sign-in?reason=${reason}`);
      const text = await refusal(page);
      expect(text, reason).toMatch(sentence);
      seen.add(text);
    }
    expect(seen.size).toBe(REFUSALS.length);
    await page.goto('/app/sign-in?reason=constructor');
    await page.getByRole('textbox', { name: 'Token' }).waitFor();
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

it.each(['//example.org/app', 'https://example.org/app', '/app/..//example.org'])(
  'a sign-in at the university with the next page %s stays on this host',
  async (next) => {
    const { page } = await openPage(site);
    for (const first of [
      `/app/sign-in?next=${encodeURIComponent(next)}`,
      `/app/sign-in/oidc?next=${encodeURIComponent(next)}`,
    ]) {
      await page.goto(first);
      if (new URL(page.url()).pathname === '/app/sign-in') await choose(page);
      if (page.url().startsWith(university.url)) await identify(page, 'dean');
      await page.waitForURL(`${site.url}/app`);
      await isHome(page);
    }
  },
);

it('a person who signs out leaves the university as well, and other tabs lead to the sign-in', async () => {
  const { page } = await openAs('dean');
  const other = await page.context().newPage();
  await other.goto('/app');
  await isHome(other);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Yes, sign me out' }).click();
  await page.waitForURL(`${site.url}/app/sign-in`);
  await other.getByText('You are signed out.').waitFor();
  // The provider has forgotten the person.
  await choose(page);
  await page.locator('input[name=login]').waitFor();
});

it('a gateway without a provider offers a token only', async () => {
  const without = await openSite({ load: async () => {} });
  const { page, complaints } = await openPage({ ...site, url: without.url });
  const answered = page.waitForResponse('**/app/sign-in/ways');
  await page.goto('/app/sign-in');
  await answered;
  await page.locator('form[aria-busy=false]').waitFor();
  expect(await page.getByRole('link', { name: ACCOUNT }).count()).toBe(0);
  expect(complaints).toEqual([]);
  await without.close();
});
