import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { OWN_PAGE, openBrowser, SESSION_SECRET } from './browser.ts';
import { keptLog } from './kept-log.ts';
import { API, type Gateway, openGateway, TOKEN } from './support.ts';
import { ADMIN_ROLE } from './tokens.ts';
import { CATEGORIES } from './university-pages.ts';

const PROXY = '10.9.8.7';
const DASHBOARD = mkdtempSync(path.join(tmpdir(), 'etl-proxied-'));
mkdirSync(path.join(DASHBOARD, 'assets'));
writeFileSync(path.join(DASHBOARD, 'index.html'), '<!doctype html><title>Dashboard</title>');
const ENV = {
  ETL_SESSION_SECRET: SESSION_SECRET,
  ETL_ADMIN_ROLES: ADMIN_ROLE,
  ETL_TRUST_PROXY: `${PROXY}, 127.0.0.1`,
  ETL_PROXY_USER_HEADER: 'X-Person-User',
  ETL_PROXY_ROLES_HEADER: 'X-Person-Roles',
  ETL_PROXY_DIRECTORATE_HEADER: 'X-Person-Directorate',
  ETL_PROXY_UNIT_HEADER: 'X-Person-Unit',
};
/** A proxy sends every header. Apache writes this for an attribute that a person lacks. */
const LACKS = {
  'x-person-roles': '(null)',
  'x-person-directorate': '(null)',
  'x-person-unit': '(null)',
};
const dewi = { ...LACKS, 'x-person-user': 'dewi', 'x-person-directorate': 'FTI' };
const budi = { ...LACKS, 'x-person-user': 'budi', 'x-person-unit': 'FTI-IF' };
const rector = { ...LACKS, 'x-person-user': 'rector', 'x-person-roles': `lecturer;${ADMIN_ROLE}` };

let gateway: Gateway;
const { log, lines } = keptLog();

async function open(env: Record<string, string> = {}): Promise<Gateway> {
  const opened = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: { ...ENV, ...env }, log, options: { dashboard: DASHBOARD } },
  );
  await opened.warehouse.insertInto('course_categories_etl').values(CATEGORIES).execute();
  return opened;
}

beforeAll(async () => {
  gateway = await open();
  return async () => {
    await gateway.close();
    rmSync(DASHBOARD, { recursive: true });
  };
});

const from = (remoteAddress: string) => {
  const browser = openBrowser(gateway);
  const send = (url: string, headers: Record<string, string> = {}) =>
    browser.send({ url, headers, remoteAddress });
  return { ...browser, send: browser.send, page: send, me: (headers = {}) => send(`${API}/me`, headers) };
};

describe('a person whom a trusted proxy has signed in', () => {
  it('gets a session with the first page, and no sign-in form', async () => {
    const browser = from(PROXY);
    const page = await browser.page('/app/explore', dewi);
    expect(page.statusCode).toBe(200);
    const me = (await browser.me(dewi)).json();
    expect(me.data).toMatchObject({ username: 'dewi', role: 'viewer' });
    const [cookie] = page.cookies;
    expect(cookie).toMatchObject({
      name: '__Host-etl-session',
      httpOnly: true,
      secure: true,
      maxAge: 8 * 3600,
    });
    // A session that goes on needs no further cookie.
    expect((await browser.page('/app', dewi)).cookies).toEqual([]);
  });

  it('is an administrator by a role of ETL_ADMIN_ROLES, and only by a whole one', async () => {
    const role = async (roles: string) => {
      const browser = from(PROXY);
      const headers = { ...dewi, 'x-person-roles': roles };
      await browser.page('/app', headers);
      return (await browser.me(headers)).json().data.role;
    };
    expect(await role(`lecturer;${ADMIN_ROLE}`)).toBe('administrator');
    expect(await role(ADMIN_ROLE)).toBe('administrator');
    expect(await role(`lecturer\\;${ADMIN_ROLE}`)).toBe('viewer');
    expect(await role(`lecturer,${ADMIN_ROLE}`)).toBe('viewer');
  });

  it('finds the way back on the sign-in page, after the session has ended', async () => {
    const ended = await from(PROXY).page('/app/sign-in?reason=ended&next=%2Fapp%2Fexplore', dewi);
    expect([ended.statusCode, ended.cookies]).toEqual([200, []]);
    const waysOf = async (headers: Record<string, string>) =>
      (await from(PROXY).page('/app/sign-in/ways', headers)).json().data.ways;
    expect(await waysOf(dewi)).toEqual(['proxy']);
    expect(await waysOf({})).toEqual(['token']);
  });

  it('is led from the sign-in page to the page that was asked for', async () => {
    const answer = await from(PROXY).page('/app/sign-in?next=%2Fapp%2Fexplore', dewi);
    expect([answer.statusCode, answer.headers.location]).toEqual([302, '/app/explore']);
  });

  it.each([
    ['with a category that is unknown here', { ...dewi, 'x-person-directorate': 'FEB' }, 'no-scope'],
    ['without a role and a category', { ...LACKS, 'x-person-user': 'guest' }, 'no-scope'],
    ['with a name that is none', { ...dewi, 'x-person-user': '--' }, 'proxy'],
  ])('%s is led to the sign-in page with the reason', async (_, headers, reason) => {
    const browser = from(PROXY);
    const answer = await browser.page('/app', headers);
    expect(answer.headers.location).toBe(`/app/sign-in?reason=${reason}`);
    expect(answer.cookies).toEqual([]);
    expect((await browser.page(String(answer.headers.location), headers)).statusCode).toBe(200);
  });

  it('cannot make the proxy drop its unit to see the whole directorate', async () => {
    const browser = from(PROXY);
    const both = { ...dewi, 'x-person-unit': 'FTI-IF' };
    await browser.page('/app', both);
    for (const dropped of Object.keys(LACKS)) {
      const { [dropped]: _, ...headers }: Record<string, string> = both;
      expect((await browser.me(headers)).json()).toMatchObject({ error: `The header ${dropped} is missing` });
      const answer = await from(PROXY).page('/app', headers);
      expect([answer.headers.location, answer.cookies]).toEqual(['/app/sign-in?reason=proxy', []]);
    }
    expect((await browser.me(both)).statusCode).toBe(200);
  });

  it('never sees the figures of the person who used the browser before', async () => {
    const browser = from(PROXY);
    await browser.page('/app', rector);
    const stays = await browser.me(rector);
    expect(stays.json().data.username).toBe('rector');
    const others: Record<string, string>[] = [
      budi,
      dewi,
      { ...rector, 'x-person-roles': 'lecturer' },
      { ...rector, 'x-person-unit': 'X' },
      {},
    ];
    for (const headers of others) expect((await browser.me(headers)).statusCode).toBe(401);
    expect((await browser.page('/app', budi)).statusCode).toBe(200);
    expect((await browser.me(budi)).json().data.username).toBe('budi');
    expect((await browser.me(rector)).statusCode).toBe(401);
  });

  it('does not use a session that another person began with a token', async () => {
    const browser = from(PROXY);
    await browser.signIn({ token: TOKEN });
    expect((await browser.me()).statusCode).toBe(200);
    expect((await browser.me(budi)).statusCode).toBe(401);
  });

  it('needs a session: the headers alone open no call', async () => {
    expect((await from(PROXY).me(rector)).statusCode).toBe(401);
  });

  it('changes something only from a page of the gateway', async () => {
    const browser = from(PROXY);
    await browser.page('/app', rector);
    const post = (headers: Record<string, string>) =>
      browser.send({
        method: 'POST',
        url: `${API}/run_user_counts`,
        headers: { ...rector, ...headers },
        remoteAddress: PROXY,
        payload: '{"date":"2024-01-15"}',
      });
    expect((await post({ 'content-type': 'application/json' })).statusCode).toBe(403);
    expect((await post({ ...OWN_PAGE, 'sec-fetch-site': 'cross-site' })).statusCode).toBe(403);
    expect((await post(OWN_PAGE)).statusCode).toBe(202);
  });

  it('does not stand in the way of a bearer token', async () => {
    const answer = await gateway.app.inject({
      url: `${API}/me`,
      headers: { ...budi, authorization: `Bearer ${TOKEN}` },
      remoteAddress: PROXY,
    });
    expect(answer.json().data.username).toBe('test');
  });

  it('may have an empty attribute, or the (null) of Apache', async () => {
    const browser = from(PROXY);
    const headers = { ...dewi, 'x-person-unit': '', 'x-person-roles': ' ' };
    await browser.page('/app', headers);
    expect((await browser.me(dewi)).json().data.username).toBe('dewi');
    for (const name of ['', ' ', '(null)']) {
      const answer = await from(PROXY).page('/app', { ...rector, 'x-person-user': name });
      expect(answer.headers.location).toBe('/app/sign-in');
    }
  });
});

/** A header as a caller may write it. */
const spelling = fc
  .constantFrom(...Object.values(ENV).filter((text) => text.startsWith('X-')))
  .chain((name) =>
    fc
      .tuple(
        fc.array(fc.boolean(), { minLength: name.length, maxLength: name.length }),
        fc.constantFrom('-', '-', '_'),
      )
      .map(([upper, dash]) =>
        [...name]
          .map((letter, at) =>
            letter === '-' ? dash : upper[at] ? letter.toUpperCase() : letter.toLowerCase(),
          )
          .join(''),
      ),
  );
const value: fc.Arbitrary<string> = fc.constantFrom(
  'rector',
  ADMIN_ROLE,
  `a;${ADMIN_ROLE}`,
  'FTI',
  '',
  ' ',
  '(null)',
);
const headerList = fc.array(fc.tuple(spelling, value), { minLength: 1, maxLength: 8 });

/** Sends headers as they are, in a request of its own. */
async function sendRaw(port: number, url: string, headers: [string, string][]): Promise<IncomingMessage> {
  const raw = [['host', `127.0.0.1:${port}`], ['connection', 'close'], ...headers].flat();
  const sent = httpRequest({ port, host: '127.0.0.1', path: url, headers: raw, agent: false });
  sent.end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'end');
  return answer;
}

describe('headers over a real connection', () => {
  let listening: Gateway;
  let port: number;

  const listenWith = async (env: Record<string, string>) => {
    listening = await open(env);
    await listening.app.listen({ port: 0, host: '127.0.0.1' });
    port = (listening.app.server.address() as AddressInfo).port;
  };

  it('an address that is no trusted proxy gains nothing by any header, and the log says so once', async () => {
    await listenWith({ ETL_TRUST_PROXY: PROXY });
    lines.length = 0;
    const forged: fc.Arbitrary<string | undefined> = fc.option(fc.constantFrom(`x, ${PROXY}`, PROXY), {
      nil: undefined,
    });
    await fc.assert(
      fc.asyncProperty(headerList, forged, fc.constantFrom('/app', `${API}/me`), async (headers, by, url) => {
        const given: [string, string][] = by === undefined ? headers : [...headers, ['X-Forwarded-For', by]];
        const answer = await sendRaw(port, url, given);
        expect([answer.statusCode, answer.headers['set-cookie']]).toEqual([
          url === '/app' ? 302 : 401,
          undefined,
        ]);
        if (url === '/app') expect(answer.headers.location).toBe('/app/sign-in');
      }),
      { numRuns: 300, examples: [[Object.entries(rector), PROXY, '/app']] },
    );
    const dropped = lines.filter(({ msg }) =>
      String(msg).startsWith('headers of a signed-in person dropped'),
    );
    expect(dropped).toHaveLength(1);
    expect(dropped[0]).toMatchObject({ level: 40, address: '127.0.0.1' });
    await listening.close();
  });

  it('a trusted proxy that sends a header twice, in any casing, signs no person in', async () => {
    await listenWith({});
    const all = Object.entries(rector);
    expect((await sendRaw(port, '/app', all)).headers['set-cookie']).toBeDefined();
    await fc.assert(
      fc.asyncProperty(headerList, async (headers) => {
        const answer = await sendRaw(port, '/app', [...all, ...headers]);
        if (headers.some(([name]) => !name.includes('_'))) {
          expect(answer.headers.location).toBe('/app/sign-in?reason=proxy');
          expect(answer.headers['set-cookie']).toBeUndefined();
        } else {
          expect(answer.headers['set-cookie']).toHaveLength(1);
        }
      }),
      { numRuns: 300 },
    );
    await listening.close();
  });

  it('a name in UTF-8 is read as the proxy wrote it', async () => {
    await listenWith({});
    const name = Buffer.from('Åsa 王小明').toString('latin1');
    const headers = { ...LACKS, 'x-person-user': name, 'x-person-unit': 'FTI-IF' };
    const upper = Object.entries(headers).map(([of, text]): [string, string] => [of.toUpperCase(), text]);
    const answer = await sendRaw(port, '/app', upper);
    const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
    const me = await listening.app.inject({
      url: `${API}/me`,
      headers: { cookie, ...headers },
    });
    expect(me.json().data.username).toBe('Åsa 王小明');
    await listening.close();
  });
});
