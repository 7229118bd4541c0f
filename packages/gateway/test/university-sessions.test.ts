import { expect, it } from 'vitest';
import { type Browser, ME, OWN_PAGE, openBrowser, SESSION } from './browser.ts';
import { API, type Gateway } from './support.ts';
import { ADMIN_ROLE } from './tokens.ts';
import { openBoth, openKnowing, signInAs } from './university-pages.ts';

/** The same browser at another gateway of the same address. */
function moved(browser: Browser, to: Gateway): Browser {
  const other = openBrowser(to);
  for (const [name, value] of browser.cookies) other.cookies.set(name, value);
  return other;
}

const NAMES = { ETL_OIDC_CLAIMS: 'username=preferred_username,roles=realm_access.roles' };
const table = (row: object) => JSON.stringify([{ value: 'deans-of-fti', ...row }]);

it('a role that is taken out of ETL_ADMIN_ROLES makes no administrator of a session that has begun', async () => {
  const { gateway, university } = await openBoth();
  const { browser } = await signInAs(gateway, 'root');
  const later = moved(browser, await openKnowing(university, { env: { ETL_ADMIN_ROLES: 'other' } }));
  // Without a category the person would see an empty page.
  expect((await later.send(ME)).json()).toMatchObject({ code: 'UNAUTHORIZED' });
});

it('a row of ETL_OIDC_ROLES that changes holds at once for a session that has begun', async () => {
  const { gateway, university } = await openBoth({
    env: { ...NAMES, ETL_OIDC_ROLES: table({ role: 'administrator' }) },
  });
  const { browser } = await signInAs(gateway, 'grouped');
  expect((await browser.send(ME)).json().data.role).toBe('administrator');
  const env = { ...NAMES, ETL_OIDC_ROLES: table({ unit: 'FTI-IF' }) };
  const later = moved(browser, await openKnowing(university, { env }));
  expect((await later.send(ME)).json().data).toMatchObject({
    role: 'viewer',
    scope: [{ idnumber: 'FTI-IF' }],
  });
});

it('the gateway of another client refuses the session, even with the same secret and provider', async () => {
  const { gateway, university } = await openBoth();
  const { browser } = await signInAs(gateway, 'root');
  const others = [
    ['ETL_OIDC_CLIENT_ID', 'other'],
    ['ETL_OIDC_ISSUER', 'https://sso.example.edu'],
  ] as const;
  for (const [name, value] of others) {
    const other = moved(browser, await openKnowing(university, { env: { [name]: value } }));
    expect((await other.send(ME)).json()).toMatchObject({ code: 'UNAUTHORIZED' });
  }
  const same = moved(browser, await openKnowing(university));
  expect((await same.send(ME)).statusCode).toBe(200);
});

it.each([
  ['after eight hours', 12 * 3600, 8 * 3600],
  ['when the claims expire', 1800, 1800],
])('a session of the university ends %s', async (_, idTokenLives, seconds) => {
  let later = 0;
  const { gateway } = await openBoth({
    order: { idTokenLives },
    more: { now: () => new Date(Date.now() + later) },
  });
  const { browser } = await signInAs(gateway, 'dean');
  later = (seconds - 60) * 1000;
  expect((await browser.send(ME)).statusCode).toBe(200);
  later = seconds * 1000;
  expect((await browser.send(ME)).json()).toMatchObject({ error: 'The session has ended. Sign in again.' });
});

it('a viewer of the university starts no run, and an administrator needs a page of the gateway', async () => {
  const { gateway } = await openBoth();
  const run = (headers: Record<string, string>) =>
    ({ method: 'POST', url: `${API}/run_pipeline`, headers, payload: { date: '2024-01-15' } }) as const;
  const dean = await signInAs(gateway, 'dean');
  expect((await dean.browser.send(run(OWN_PAGE))).statusCode).toBe(403);
  const root = await signInAs(gateway, 'root');
  const foreign = { 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' };
  expect((await root.browser.send(run(foreign))).statusCode).toBe(403);
});

it('the provider changes its keys: sessions go on, and the next person signs in at once', async () => {
  const { gateway, university } = await openBoth();
  const { browser } = await signInAs(gateway, 'dean');
  await university.change({ newKeys: true });
  expect((await browser.send(ME)).statusCode).toBe(200);
  const { to } = await signInAs(gateway, 'root');
  expect(to).toBe('/app#signed-in');
});

it('an ID token that does not fit beside View as is left out, and the provider then asks before it signs out', async () => {
  const note = 'x'.repeat(1250);
  const { gateway } = await openBoth({
    order: {
      inIdToken: true,
      accounts: { root: { username: 'root', roles: [ADMIN_ROLE], realm_access: { note } } },
    },
  });
  const cookies = new Map<string, string>();
  const { browser } = await signInAs(gateway, 'root', { cookies });
  const signOut = () => browser.send({ method: 'DELETE', url: SESSION, headers: OWN_PAGE });
  const kept = new Map(browser.cookies);
  expect(new URL((await signOut()).json().data.next).searchParams.has('id_token_hint')).toBe(true);
  for (const [name, value] of kept) browser.cookies.set(name, value);
  const begun = await browser.send({
    method: 'POST',
    url: `${SESSION}/view_as`,
    headers: OWN_PAGE,
    payload: { directorate: 'x'.repeat(255), unit: 'x'.repeat(255) },
  });
  expect(begun.json().data).toMatchObject({ role: 'viewer' });
  const next: string = (await signOut()).json().data.next;
  expect(new URL(next).searchParams.has('id_token_hint')).toBe(false);
  const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
  const asked = await (await fetch(next, { headers: { cookie } })).text();
  expect(asked).toContain('Do you want to sign-out');
});

it('an ID token that does not fit into the cookie is left out, and the sign-out does without it', async () => {
  const note = 'x'.repeat(2500);
  const { gateway } = await openBoth({
    order: {
      inIdToken: true,
      accounts: { dean: { username: 'dean', directorate: 'FTI', realm_access: { note } } },
    },
  });
  const { browser } = await signInAs(gateway, 'dean');
  expect((await browser.send(ME)).statusCode).toBe(200);
  const answer = await browser.send({ method: 'DELETE', url: SESSION, headers: OWN_PAGE });
  const { searchParams } = new URL(answer.json().data.next);
  expect(searchParams.get('client_id')).toBe('etl');
  expect(searchParams.has('id_token_hint')).toBe(false);
});
