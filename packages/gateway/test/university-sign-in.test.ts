import { describe, expect, it } from 'vitest';
import { HOST, ME, OWN_PAGE, openBrowser, openForTest, SESSION } from './browser.ts';
import { keptLog } from './kept-log.ts';
import { TOKEN } from './support.ts';
import { CLIENT, openUniversity, signInAtProvider } from './university.ts';
import {
  below,
  goThere,
  leadsTo,
  openBoth,
  openKnowing,
  reasonIn,
  START,
  signInAs,
} from './university-pages.ts';

it.each([
  ['an administrator', 'root', { role: 'administrator', scope: null }],
  ['of a directorate', 'dean', { role: 'viewer', scope: [{ idnumber: 'FTI' }] }],
  ['of a unit', 'head', { role: 'viewer', scope: [{ idnumber: 'FTI-IF' }] }],
])('a person signs in at the university and reads as what the provider says: %s', async (_, login, seen) => {
  const { gateway } = await openBoth();
  const { browser, to } = await signInAs(gateway, login, { next: '/app/explore?category=FTI' });
  expect(to).toBe('/app/explore?category=FTI#signed-in');
  expect((await browser.send(ME)).json().data).toMatchObject({ username: login, ...seen });
});

it('the sign-in asks with a code challenge, a state and a nonce, and for nothing but the profile', async () => {
  const { gateway, university } = await openBoth();
  const begun = await openBrowser(gateway).send({ url: START });
  expect(begun.statusCode).toBe(303);
  expect(begun.headers['cache-control']).toBe('no-store');
  const { origin, searchParams } = new URL(leadsTo(begun));
  expect(origin).toBe(university.url);
  expect(Object.fromEntries(searchParams)).toMatchObject({
    client_id: 'etl',
    code_challenge_method: 'S256',
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    scope: 'openid profile',
    redirect_uri: `http://${HOST}/app/sign-in/callback`,
  });
  const anew = await openBrowser(gateway).send({ url: `${START}?anew` });
  expect(new URL(leadsTo(anew)).searchParams.get('prompt')).toBe('login');
});

it('the provider knows a person who has signed in before, and asks for no password', async () => {
  const { gateway } = await openBoth();
  const cookies = new Map<string, string>();
  await signInAs(gateway, 'dean', { cookies });
  // The name is not asked for: that of another person changes nothing.
  const { browser } = await signInAs(gateway, 'root', { cookies });
  expect((await browser.send(ME)).json().data.username).toBe('dean');
});

it('the cookies of a sign-in are for this host alone, and no script can read them', async () => {
  const { gateway } = await openBoth({ env: { ETL_PUBLIC_URL: 'https://etl.example.edu' } });
  const browser = openBrowser(gateway, 'etl.example.edu');
  const begun = await browser.send({ url: START });
  const attributes = { path: '/', httpOnly: true, secure: true, sameSite: 'Lax' };
  expect(begun.cookies).toMatchObject([
    { name: expect.stringMatching(/^__Host-etl-sign-in-/), ...attributes, maxAge: 3600 },
  ]);
  const back = await signInAtProvider(leadsTo(begun), 'dean');
  expect(back).toMatch(/^https:\/\/etl\.example\.edu\/app\/sign-in\/callback\?/);
  const done = await browser.send({ url: below(back) });
  expect(done.cookies.map(({ name }) => name)).toContain('__Host-etl-session');
  expect([...browser.cookies.keys()]).toEqual(['__Host-etl-session']);
});

describe('the provider names claims in its own way', () => {
  const names = { ETL_OIDC_CLAIMS: 'username=preferred_username, roles=realm_access.roles' };

  it.each([
    ['in the ID token', true],
    ['in the answer of userinfo', false],
  ])('nested claims are found %s', async (_, inIdToken) => {
    const { gateway } = await openBoth({
      env: { ...names, ETL_ADMIN_ROLES: 'deans-of-fti' },
      order: { inIdToken },
    });
    const { browser } = await signInAs(gateway, 'grouped');
    expect((await browser.send(ME)).json().data).toMatchObject({ username: 'gus', role: 'administrator' });
  });

  it.each([
    [{ directorate: 'FTI' }, { role: 'viewer', scope: [{ idnumber: 'FTI' }] }],
    [{ unit: 'FTI-IF' }, { role: 'viewer', scope: [{ idnumber: 'FTI-IF' }] }],
    [{ role: 'administrator' }, { role: 'administrator', scope: null }],
  ])('a row of ETL_OIDC_ROLES makes a group %j', async (row, seen) => {
    const table = JSON.stringify([
      { value: 'unknown', role: 'administrator' },
      { value: 'deans-of-fti', ...row },
      { value: 'a', directorate: 'FSB' },
    ]);
    const { gateway } = await openBoth({ env: { ...names, ETL_OIDC_ROLES: table } });
    const { browser } = await signInAs(gateway, 'grouped');
    expect((await browser.send(ME)).json().data).toMatchObject(seen);
  });

  it("the provider's own categories go before the table", async () => {
    const table = JSON.stringify([{ value: 'lecturer', directorate: 'FSB' }]);
    const { gateway } = await openBoth({ env: { ETL_OIDC_ROLES: table } });
    const { browser } = await signInAs(gateway, 'dean');
    expect((await browser.send(ME)).json().data.scope).toMatchObject([{ idnumber: 'FTI' }]);
  });
});

describe('signing out', () => {
  const out = { method: 'DELETE', url: SESSION, headers: OWN_PAGE } as const;

  it('a person who signs out leaves the provider as well, and comes back to the sign-in page', async () => {
    const { gateway, university } = await openBoth();
    const { browser } = await signInAs(gateway, 'dean');
    const { next } = (await browser.send(out)).json().data;
    expect((await browser.send(ME)).statusCode).toBe(401);
    const { origin, pathname, searchParams } = new URL(next);
    expect(origin + pathname).toBe(`${university.url}/session/end`);
    expect(searchParams.get('post_logout_redirect_uri')).toBe(`http://${HOST}/app/sign-in`);
    // The provider accepts all of it.
    expect((await fetch(next)).status).toBe(200);
  });

  it.each([
    ['has no sign-out', { signsOut: false }, false],
    ['is down', {}, true],
  ])('if the provider %s, a person signs out of the gateway alone', async (_, order, isDown) => {
    const { gateway, university } = await openBoth({ order });
    const { browser } = await signInAs(gateway, 'dean');
    if (isDown) await university.stop();
    const answer = await browser.send(out);
    expect(answer.json()).toMatchObject({ status: true, data: { next: null } });
    expect(browser.cookies.size).toBe(0);
  });

  it('a session of a token has no sign-out at the provider', async () => {
    const { gateway } = await openBoth();
    const browser = openBrowser(gateway);
    await browser.signIn();
    expect((await browser.send(out)).json().data).toEqual({ next: null });
  });
});

it('the gateway says that a person can sign in at the university', async () => {
  const { gateway } = await openBoth();
  const ways = await gateway.app.inject('/app/sign-in/ways');
  expect(ways.json().data).toEqual({ ways: ['token', 'oidc'] });
  expect((await (await openForTest()).app.inject('/app/sign-in/ways')).json().data).toEqual({
    ways: ['token'],
  });
});

it('a gateway whose provider is down starts, serves tokens, and signs in with them', async () => {
  const university = await openUniversity({ gateway: `http://${HOST}`, accounts: {} });
  await university.stop();
  const gateway = await openKnowing(university);
  const headers = { authorization: `Bearer ${TOKEN}` };
  expect((await gateway.app.inject({ ...ME, headers })).statusCode).toBe(200);
  const browser = openBrowser(gateway);
  expect((await browser.signIn()).statusCode).toBe(200);
  expect(reasonIn(leadsTo(await browser.send({ url: START })))).toBe('provider');
  expect((await browser.send(ME)).statusCode).toBe(200);
});

it('the log at its finest level has neither a code, a state, a token nor the secret of the client', async () => {
  const { log, lines } = keptLog('trace');
  const { gateway } = await openBoth({ more: { log } });
  const browser = openBrowser(gateway);
  const begun = await browser.send({ url: START });
  const cookie = [...browser.cookies];
  const back = new URL(await signInAtProvider(leadsTo(begun), 'dean'));
  await browser.send({ url: below(back.href) });
  const [session = ''] = browser.cookies.values();
  const out = (await browser.send({ method: 'DELETE', url: SESSION, headers: OWN_PAGE })).json().data.next;
  // The code again, and what the provider says about that.
  for (const [name, value] of cookie) browser.cookies.set(name, value);
  const again = await browser.send({ url: below(back.href) });
  expect(reasonIn(leadsTo(again))).toBe('invalid');
  const refused = await browser.send({ url: `${below(back.href)}&error=that-is-wrong` });
  await browser.send({ url: await goThere(browser, 'stranger') });
  const text = JSON.stringify(lines);
  expect(text).toContain('"caller":"dean"');
  expect(text).toContain('"msg":"university sign-in rejected"');
  const begin = new URL(leadsTo(begun)).searchParams;
  const secrets = [
    CLIENT.clientSecret,
    session,
    ...[back.searchParams.get('code'), back.searchParams.get('state')],
    ...[begin.get('nonce'), begin.get('state'), new URL(out).searchParams.get('id_token_hint')],
    'that-is-wrong',
  ].map((secret) => String(secret).slice(-40));
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(8);
    for (const shown of [text, leadsTo(again), leadsTo(refused)]) expect(shown).not.toContain(secret);
  }
});
