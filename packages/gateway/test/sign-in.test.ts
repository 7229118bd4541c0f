import { signInCodeKey } from '@etl/core';
import { expect, inject, it, onTestFinished } from 'vitest';
import { ME, OWN_PAGE, openBrowser, openForTest, SESSION } from './browser.ts';
import { openGateway, TOKEN } from './support.ts';
import { signed, signedFor } from './tokens.ts';

it.each([
  ['an unknown token', { token: 'unknown' }, 'This token is not known here'],
  ['an expired token', async () => ({ token: await signedFor({}, '-1s') }), 'The token has expired'],
  ['an unknown code', { code: 'unknown' }, 'This address has been used or is too old. Sign in with a token.'],
])('a sign-in with %s is refused, and the answer says why', async (_, body, error) => {
  const browser = openBrowser(await openForTest());
  const answer = await browser.signIn(typeof body === 'function' ? await body() : body);
  expect(answer.json()).toMatchObject({ status: false, code: 'UNAUTHORIZED', error });
  expect(browser.cookies.size).toBe(0);
});

it.each([{}, { token: '' }, { token: 7 }, { code: '' }, { token: TOKEN, code: 'x' }, { token: TOKEN, x: 1 }])(
  'a sign-in with %j is not valid',
  async (body) => {
    const answer = await openBrowser(await openForTest()).signIn(body);
    expect(answer.json()).toMatchObject({ code: 'INVALID_REQUEST' });
  },
);

it('wrong tokens are limited per address, and a right one still signs in', async () => {
  const gateway = await openForTest();
  const answers = [];
  for (let guess = 0; guess < 31; guess++)
    answers.push((await openBrowser(gateway).signIn({ token: `guess-${guess}` })).statusCode);
  expect(answers.slice(-2)).toEqual([401, 429]);
  expect((await openBrowser(gateway).signIn()).statusCode).toBe(200);
});

it('attempts without a token are limited per address, and ends of sessions too', async () => {
  const gateway = await openForTest({ ETL_RATE_LIMIT: '5' });
  for (const method of ['POST', 'DELETE'] as const) {
    const remoteAddress = method === 'POST' ? '192.0.2.1' : '192.0.2.2';
    const send = () => gateway.app.inject({ method, url: SESSION, headers: { ...OWN_PAGE }, remoteAddress });
    const codes = [];
    for (let attempt = 0; attempt < 6; attempt++) codes.push((await send()).statusCode);
    expect(codes[4]).not.toBe(429);
    expect(codes[5]).toBe(429);
  }
});

it('a token is taken without the blanks around it, and the answer has the scope of its caller', async () => {
  const browser = openBrowser(await openForTest());
  const token = await signed({ username: 'dean', roles: ['lecturer'], directorate: 'unknown' });
  const answer = await browser.signIn({ token: ` ${token}\n` });
  expect(answer.json().data).toMatchObject({ username: 'dean', role: 'viewer', scope: [] });
  expect((await browser.send(ME)).json().data).toEqual(answer.json().data);
});

it('a code signs in once, with the token that it leads to', async () => {
  const gateway = await openForTest({ ETL_QUEUE_PREFIX: '{sessions-of-a-demo}' });
  const key = signInCodeKey('{sessions-of-a-demo}', 'a-code');
  await gateway.queues.redis.set(key, TOKEN, 'EX', 60);
  const both = [openBrowser(gateway), openBrowser(gateway)];
  const answers = await Promise.all(both.map((browser) => browser.signIn({ code: 'a-code' })));
  expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([200, 401]);
  const won = both.find(({ cookies }) => cookies.size === 1);
  expect((await won?.send(ME))?.json().data.username).toBe('test');
});

it('a token that makes the cookie too long is refused with that reason', async () => {
  const browser = openBrowser(await openForTest());
  const answer = await browser.signIn({
    token: await signed({ username: 'root', more: 'x'.repeat(3000) }),
  });
  expect(answer.json().error).toMatch(
    /^The token is too long for a session: its cookie would have \d+ bytes/,
  );
  expect(answer.json().details).toEqual({ token: 'is too long for a cookie' });
  expect(answer.statusCode).toBe(400);
  expect(browser.cookies.size).toBe(0);
});

it('a session is refused where the browser would drop its cookie', async () => {
  const browser = openBrowser(await openForTest(), '192.0.2.7:8081');
  const answer = await browser.signIn({ token: TOKEN }, { origin: 'http://192.0.2.7:8081' });
  expect(answer.json().error).toMatch(/only over HTTPS.*https:\/\/.*ETL_PUBLIC_URL/);
  expect(answer.json().details).toEqual({ origin: 'is without HTTPS' });
  expect(browser.cookies.size).toBe(0);
});

it('behind a proxy that changes the host the session is refused until ETL_PUBLIC_URL is set', async () => {
  const origin = 'https://etl.example.edu';
  const refused = openBrowser(await openForTest());
  expect((await refused.signIn({ token: TOKEN }, { origin })).json().error).toContain('Set ETL_PUBLIC_URL');
  expect(refused.cookies.size).toBe(0);
  const browser = openBrowser(await openForTest({ ETL_PUBLIC_URL: `${origin}/` }));
  const { cookies } = await browser.signIn({ token: TOKEN }, { origin });
  expect(cookies).toMatchObject([{ name: '__Host-etl-session', secure: true }]);
});

it('with a trusted proxy the cookie needs HTTPS at a loopback address too', async () => {
  const { cookies } = await openBrowser(await openForTest({ ETL_TRUST_PROXY: '127.0.0.1' })).signIn();
  expect(cookies).toMatchObject([{ name: '__Host-etl-session', secure: true }]);
});

it('without ETL_SESSION_SECRET nobody can sign in, and the answer says why', async () => {
  const gateway = await openGateway({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  onTestFinished(() => gateway.close());
  const answer = await openBrowser(gateway).signIn();
  const off = {
    code: 'NOT_FOUND',
    error: 'Sign-in is off. Set ETL_SESSION_SECRET and restart the gateway.',
  };
  expect(answer.json()).toMatchObject(off);
  // Nothing is said about a token.
  expect((await openBrowser(gateway).signIn({ token: 'unknown' })).json()).toMatchObject(off);
});
