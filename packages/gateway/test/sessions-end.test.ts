import { text } from 'node:stream/consumers';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Browser, ME, OWN_PAGE, openBrowser, openForTest, SESSION, SESSION_SECRET } from './browser.ts';
import { API, TOKEN } from './support.ts';
import { ADMIN_ROLE, signed, signedFor } from './tokens.ts';

describe('a session ends', () => {
  const start = Date.parse('2026-01-15T02:00:00Z');
  let at: number;
  const clock = { now: () => new Date(at) };
  beforeEach(() => {
    at = start;
  });

  it('a session ends after eight hours, and the answer says so', async () => {
    const browser = openBrowser(await openForTest({}, clock));
    await browser.signIn();
    at = start + 8 * 3_600_000 - 1000;
    expect((await browser.send(ME)).statusCode).toBe(200);
    at = start + 8 * 3_600_000;
    const answer = await browser.send(ME);
    expect(answer.json()).toMatchObject({
      code: 'UNAUTHORIZED',
      error: 'The session has ended. Sign in again.',
    });
  });

  it('a session ends when its token expires, and so does its stream of events', async () => {
    const browser = openBrowser(await openForTest());
    const { cookies } = await browser.signIn({ token: await signedFor({ username: 'dean' }, '2s') });
    expect(cookies[0]?.maxAge).toBeLessThanOrEqual(2);
    const stream = await browser.send({ url: `${API}/events` });
    expect(stream.statusCode).toBe(200);
    expect((await browser.send(ME)).statusCode).toBe(401);
  });

  it('a stream of events ends with its session, although its token goes on', async () => {
    // The session began eight hours ago, less two seconds.
    const age = 8 * 3_600_000 - 2000;
    const browser = openBrowser(await openForTest({}, { now: () => new Date(Date.now() - age) }));
    await browser.signIn();
    expect((await browser.send({ url: `${API}/events` })).statusCode).toBe(200);
  });

  it.each([
    ['views as a viewer', { method: 'POST', url: `${SESSION}/view_as`, payload: { directorate: 'A' } }],
    ['signs out', { method: 'DELETE', url: SESSION }],
  ] as const)(
    'a stream of events ends if its administrator %s, and no other stream does',
    async (_, what) => {
      const gateway = await openForTest();
      const open = async (browser: Browser) => {
        await browser.signIn();
        return (await browser.send({ url: `${API}/events`, payloadAsStream: true })).stream();
      };
      const browser = openBrowser(gateway);
      const [own, other] = [await open(browser), await open(openBrowser(gateway))];
      const ended = text(own);
      expect((await browser.send({ ...what, headers: OWN_PAGE })).statusCode).toBe(200);
      expect(await ended).toContain('retry:');
      expect(other.closed).toBe(false);
      other.destroy();
    },
  );

  it('a session ends when its token is taken out of the configuration', async () => {
    const browser = openBrowser(await openForTest());
    await browser.signIn();
    const restarted = openBrowser(
      await openForTest({ ETL_WEBHOOK_TOKENS: 'other:another-token-of-these-tests' }),
    );
    for (const [name, value] of browser.cookies) restarted.cookies.set(name, value);
    expect((await restarted.send(ME)).json()).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('a session ends when the secret changes', async () => {
    const browser = openBrowser(await openForTest());
    await browser.signIn();
    const restarted = openBrowser(await openForTest({ ETL_SESSION_SECRET: `${SESSION_SECRET}!` }));
    for (const [name, value] of browser.cookies) restarted.cookies.set(name, value);
    expect((await restarted.send(ME)).json()).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('a session of one gateway is valid at another one with the same secret and the same tokens', async () => {
    const browser = openBrowser(await openForTest());
    await browser.signIn();
    const second = openBrowser(await openForTest());
    for (const [name, value] of browser.cookies) second.cookies.set(name, value);
    expect((await second.send(ME)).json().data.username).toBe('test');
  });

  it.each([
    ['a webhook token', async () => TOKEN],
    ['a signed token', () => signed({ username: 'root', roles: [ADMIN_ROLE] })],
  ])(
    'a session of %s does not open the gateway of another institution, even with the same secret',
    async (_, token) => {
      const browser = openBrowser(await openForTest());
      await browser.signIn({ token: await token() });
      const other = openBrowser(
        await openForTest({
          ETL_WEBHOOK_TOKENS: 'test:the-token-of-the-other-institution',
          ETL_JWT_SECRET: 'the-secret-of-the-other-institution-of-64-letters-and-more-letters',
        }),
      );
      for (const [name, value] of browser.cookies) other.cookies.set(name, value);
      expect((await other.send(ME)).json()).toMatchObject({ code: 'UNAUTHORIZED' });
      expect((await other.send({ url: '/app' })).statusCode).not.toBe(200);
    },
  );

  it('cookies without a session do not use up the wrong tokens of their address', async () => {
    const gateway = await openForTest();
    const browser = openBrowser(gateway);
    browser.cookies.set('etl-session', 'of-another-secret');
    for (let request = 0; request < 40; request++) expect((await browser.send(ME)).statusCode).toBe(401);
    expect((await openBrowser(gateway).signIn({ token: 'mistyped' })).statusCode).toBe(401);
  });
});
