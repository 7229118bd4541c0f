import { describe, expect, it } from 'vitest';
import { type Browser, HOST, ME, openBrowser } from './browser.ts';
import { keptLog } from './kept-log.ts';
import { goThere, leadsTo, openBoth, openKnowing, reasonIn, START, signInAs } from './university-pages.ts';

/** The session's cookie is not there. */
const isNobody = async (browser: Browser) => (await browser.send(ME)).statusCode === 401;

describe('a sign-in at the university is refused, and the sign-in page gets the reason', () => {
  it.each([
    ['with neither a role nor a category', 'guest'],
    ['with a category that is unknown here', 'stranger'],
  ])('a person %s', async (_, login) => {
    const { gateway } = await openBoth();
    const { browser, to } = await signInAs(gateway, login, { next: '/app/runs' });
    expect(to).toBe('/app/sign-in?reason=no-scope&next=%2Fapp%2Fruns');
    expect(await isNobody(browser)).toBe(true);
  });

  it('a state that this browser has used, or that it has not begun', async () => {
    const { gateway } = await openBoth();
    const browser = openBrowser(gateway);
    const back = await goThere(browser, 'dean');
    const other = await openBrowser(gateway).send({ url: back });
    expect(reasonIn(leadsTo(other))).toBe('state');
    expect(other.cookies).toEqual([]);
    expect(leadsTo(await browser.send({ url: back }))).toBe('/app#signed-in');
    const replayed = await browser.send({ url: back });
    expect(reasonIn(leadsTo(replayed))).toBe('state');
    for (const query of ['', '?code=x', '?code=x&state=', '?code=x&state=a&state=b', '?code=x&state=%00%0a'])
      expect(reasonIn(leadsTo(await browser.send({ url: `/app/sign-in/callback${query}` })))).toBe('state');
  });

  it('a code that is used twice, even with a copy of the cookie', async () => {
    const { gateway } = await openBoth();
    const browser = openBrowser(gateway);
    const back = await goThere(browser, 'dean');
    const copy = openBrowser(gateway);
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
    await browser.send({ url: back });
    expect(reasonIn(leadsTo(await copy.send({ url: back })))).toBe('invalid');
    expect(await isNobody(copy)).toBe(true);
  });

  it('a code of another person, put into the address of this sign-in', async () => {
    const { gateway } = await openBoth();
    const browser = openBrowser(gateway);
    const own = new URL(await goThere(browser, 'dean'), `http://${HOST}`);
    const foreign = new URL(await goThere(openBrowser(gateway), 'root'), `http://${HOST}`);
    own.searchParams.set('code', foreign.searchParams.get('code') ?? '');
    expect(reasonIn(leadsTo(await browser.send({ url: own.pathname + own.search })))).toBe('invalid');
    expect(await isNobody(browser)).toBe(true);
  });

  it('a cookie of another secret, or a changed one', async () => {
    const { gateway, university } = await openBoth();
    const browser = openBrowser(gateway);
    const back = await goThere(browser, 'dean');
    const other = openBrowser(await openKnowing(university, { env: { ETL_SESSION_SECRET: 'x'.repeat(32) } }));
    for (const [name, value] of browser.cookies) {
      other.cookies.set(name, value);
      browser.cookies.set(
        name,
        // Of the last letter some bits mean nothing.
        value.replace(/.(?=.{8}$)/, (letter) => (letter === 'A' ? 'B' : 'A')),
      );
    }
    for (const one of [browser, other])
      expect(reasonIn(leadsTo(await one.send({ url: back })))).toBe('state');
  });

  it('a person who takes longer than ten minutes', async () => {
    let later = 0;
    const { gateway } = await openBoth({ more: { now: () => new Date(Date.now() + later) } });
    const browser = openBrowser(gateway);
    const back = await goThere(browser, 'dean');
    later = 10 * 60_000 + 1000;
    expect(reasonIn(leadsTo(await browser.send({ url: back })))).toBe('expired');
  });

  it('a provider that is down at the start, or when the person comes back', async () => {
    const { gateway, university } = await openBoth();
    const browser = openBrowser(gateway);
    await university.stop();
    const start = await browser.send({ url: `${START}?next=/app/runs` });
    expect(leadsTo(start)).toBe('/app/sign-in?reason=provider&next=%2Fapp%2Fruns');
    await university.start();
    // The gateway asks again at once.
    const back = await goThere(browser, 'dean');
    await university.stop();
    expect(reasonIn(leadsTo(await browser.send({ url: back })))).toBe('provider');
    await university.start();
    const { to } = await signInAs(gateway, 'dean');
    expect(to).toBe('/app#signed-in');
  });

  it.each([
    ['access_denied', 'refused'],
    ['login_required', 'refused'],
    ['temporarily_unavailable', 'provider'],
    ['unauthorized_client', 'provider'],
  ])('the provider answers %s', async (error, reason) => {
    const { gateway, university } = await openBoth();
    const browser = openBrowser(gateway);
    const begun = new URL(leadsTo(await browser.send({ url: START })));
    const query = new URLSearchParams({
      error,
      state: begun.searchParams.get('state') ?? '',
      iss: university.url,
    });
    const answer = await browser.send({ url: `/app/sign-in/callback?${query}` });
    expect(reasonIn(leadsTo(answer))).toBe(reason);
  });

  it.each([
    ['client_secret_post', 'the provider answers invalid_client'],
    ['client_secret_basic', 'the provider answers invalid_client'],
  ] as const)('a provider that does not know the secret of this client: %s', async (authentication, why) => {
    const { log, lines } = keptLog();
    const { gateway, university } = await openBoth({ order: { authentication }, more: { log } });
    expect((await signInAs(gateway, 'dean')).to).toBe('/app#signed-in');
    const other = await openKnowing(university, {
      env: { ETL_OIDC_CLIENT_SECRET: 'another secret' },
      more: { log },
    });
    expect(reasonIn((await signInAs(other, 'dean')).to)).toBe('provider');
    expect(lines).toContainEqual(expect.objectContaining({ reason: 'provider', why }));
  });

  it('a provider that names itself differently, at the start or later', async () => {
    const { gateway, university } = await openBoth();
    const browser = openBrowser(gateway);
    const begun = await goThere(browser, 'dean');
    const forged = begun.replace(/iss=[^&]+/, 'iss=https%3A%2F%2Fevil.example.org');
    expect(reasonIn(leadsTo(await browser.send({ url: forged })))).toBe('invalid');
    await university.change({ issuer: 'https://evil.example.org' });
    expect(reasonIn((await signInAs(gateway, 'dean')).to)).toBe('invalid');
    const fresh = openBrowser(await openKnowing(university));
    expect(reasonIn(leadsTo(await fresh.send({ url: START })))).toBe('invalid');
  });

  it('claims that make the cookie too long', async () => {
    const roles = Array.from({ length: 80 }, (_, at) => `${'a-role-with-a-long-name-'.repeat(2)}${at}`);
    const { gateway } = await openBoth({
      env: { ETL_ADMIN_ROLES: roles.join(',') },
      order: { accounts: { root: { username: 'root', roles } } },
    });
    expect(reasonIn((await signInAs(gateway, 'root')).to)).toBe('too-long');
  });

  it('claims that cannot be understood', async () => {
    const { gateway } = await openBoth({
      order: { accounts: { two: { username: 'two', directorate: ['FTI', 'FSB'] }, none: { username: '‮' } } },
    });
    for (const login of ['two', 'none'])
      expect(reasonIn((await signInAs(gateway, login)).to)).toBe('invalid');
  });

  it('an address to which the provider cannot lead back', async () => {
    const { gateway } = await openBoth();
    const answer = await openBrowser(gateway, 'etl.example.edu').send({ url: START });
    expect(reasonIn(leadsTo(answer))).toBe('address');
    expect(answer.cookies).toEqual([]);
  });
});

it('a sign-in leads to no other host, whatever its address says', async () => {
  const { gateway } = await openBoth();
  for (const next of ['//evil.example.org/app', 'https://evil.example.org/app', '/app/..//evil.example.org'])
    expect((await signInAs(gateway, 'dean', { next })).to).toBe('/app#signed-in');
});

it('sign-ins of several tabs do not disturb each other, and the oldest of four is dropped', async () => {
  const { gateway } = await openBoth();
  const browser = openBrowser(gateway);
  const backs = [];
  for (const next of ['/app/runs', '/app/share', '/app/explore', '/app/courses/1'])
    backs.push(await goThere(browser, 'dean', { next }));
  const led = [];
  for (const back of backs.toReversed()) led.push(leadsTo(await browser.send({ url: back })));
  expect(led.slice(0, 3)).toEqual(
    ['/app/courses/1', '/app/explore', '/app/share'].map((to) => `${to}#signed-in`),
  );
  expect(reasonIn(led[3] ?? '')).toBe('state');
});

it('sign-ins without a session are limited by address', async () => {
  const { gateway } = await openBoth({ env: { ETL_RATE_LIMIT: '3' } });
  const codes = [];
  for (let attempt = 0; attempt < 4; attempt += 1)
    codes.push((await gateway.app.inject({ url: START, headers: { host: HOST } })).statusCode);
  expect(codes).toEqual([303, 303, 303, 429]);
});
