import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ME, OWN_PAGE, openBrowser, openForTest, SESSION, SESSION_SECRET } from './browser.ts';
import { keptLog } from './kept-log.ts';
import { API, course, type Gateway, mergeRows, openGateway, TOKEN } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, signed, signedFor } from './tokens.ts';

describe('a session', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await openGateway(
      { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
      { env: { ...JWT_ENV, ETL_SESSION_SECRET: SESSION_SECRET } },
    );
  });
  afterAll(() => gateway?.close());

  it('a browser that signs in with a token reads as its caller, until it signs out', async () => {
    const browser = openBrowser(gateway);
    expect((await browser.send(ME)).statusCode).toBe(401);
    const answer = await browser.signIn();
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['cache-control']).toBe('no-store');
    const seen = await browser.send(ME);
    expect(seen.json().data).toEqual(answer.json().data);
    expect(seen.json().data).toMatchObject({ username: 'test', role: 'administrator', scope: null });
    expect((await browser.send({ method: 'DELETE', url: SESSION, headers: OWN_PAGE })).statusCode).toBe(200);
    expect(browser.cookies.size).toBe(0);
    expect((await browser.send(ME)).statusCode).toBe(401);
  });

  it('a session has the scope of its token', async () => {
    await mergeRows(gateway, '2024-01-15', [course(2)]);
    const browser = openBrowser(gateway);
    await browser.signIn({ token: await signed({ username: 'dean', directorate: 'elsewhere' }) });
    expect((await browser.send(ME)).json().data).toMatchObject({
      username: 'dean',
      role: 'viewer',
      scope: [],
    });
    const results = await browser.send({ url: `${API}/results/2024-01-15` });
    expect(results.json()).toMatchObject({ data: [] });
    const run = await browser.send({
      method: 'POST',
      url: `${API}/run_pipeline`,
      headers: OWN_PAGE,
      payload: { date: '2024-01-15' },
    });
    expect(run.json()).toMatchObject({ code: 'FORBIDDEN', error: 'Not allowed with this token' });
  });

  it('the token in a header decides, not the session beside it', async () => {
    const browser = openBrowser(gateway);
    await browser.signIn();
    const dean = await signed({ username: 'dean' });
    const answer = await browser.send({ ...ME, headers: { authorization: `Bearer ${dean}` } });
    expect(answer.json().data.username).toBe('dean');
    const wrong = await browser.send({ ...ME, headers: { authorization: 'Bearer wrong' } });
    expect(wrong.statusCode).toBe(401);
  });

  it('the cookie is for this host alone, and no script can read it', async () => {
    const { cookies } = await openBrowser(gateway, 'etl.example.edu').signIn();
    expect(cookies).toMatchObject([
      {
        name: '__Host-etl-session',
        path: '/',
        httpOnly: true,
        secure: true,
        sameSite: 'Lax',
        maxAge: 28_800,
      },
    ]);
    expect(cookies[0]?.domain).toBeUndefined();
  });

  it.each(['127.0.0.1:8081', 'localhost:8081', 'etl.localhost', '[::1]:8081'])(
    'over plain HTTP at %s the cookie is kept without HTTPS',
    async (host) => {
      const browser = openBrowser(gateway, host);
      const { cookies } = await browser.signIn({ token: TOKEN }, { origin: `http://${host}` });
      expect(cookies).toMatchObject([{ name: 'etl-session', httpOnly: true, sameSite: 'Lax' }]);
      expect(cookies[0]?.secure).toBeUndefined();
      expect((await browser.send(ME)).statusCode).toBe(200);
    },
  );

  it.each([
    ['changed in its first half', (text: string) => text.replace(/^(.{60})./, (_, head) => `${head}~`)],
    [
      'with another letter',
      (text: string) => text.replace(/.(.{30})$/, (all) => (all[0] === 'A' ? 'B' : 'A') + all.slice(1)),
    ],
    ['cut off', (text: string) => text.slice(0, -1)],
    ['empty', () => ''],
    ['that is the token itself', () => TOKEN],
    ['that holds an encrypted nothing', () => 'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0....'],
  ])('a cookie %s is no session', async (_, change) => {
    const browser = openBrowser(gateway);
    await browser.signIn();
    const [[name = '', sealed = ''] = []] = browser.cookies;
    browser.cookies.set(name, change(sealed));
    expect((await browser.send(ME)).json()).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  it('a signed token cannot be its own session, nor can its secret make one', async () => {
    const browser = openBrowser(gateway);
    browser.cookies.set('etl-session', await signed({ username: 'root', roles: [ADMIN_ROLE] }));
    expect((await browser.send(ME)).statusCode).toBe(401);
  });

  it('an address without a session leads nowhere on an address of another kind', async () => {
    const plain = openBrowser(gateway);
    await plain.signIn();
    const secure = openBrowser(gateway, 'etl.example.edu');
    // A page of a neighbouring host can set this cookie, but not one with the prefix.
    secure.cookies.set('etl-session', plain.cookies.get('etl-session') ?? '');
    expect((await secure.send(ME)).statusCode).toBe(401);
  });
});

it('the log at its finest level has neither a token nor a code nor a cookie of a session', async () => {
  const { log, lines } = keptLog('trace');
  const gateway = await openForTest({}, { log });
  const browser = openBrowser(gateway);
  const token = await signed({ username: 'dean' });
  const { cookies } = await browser.signIn({ token });
  const refused = [
    await browser.signIn({ token: 'a-token-that-is-wrong' }),
    await browser.signIn({ code: 'a-code-that-is-wrong' }),
    await browser.signIn({ token: await signedFor({ directorate: 'that-is-wrong' }, '-1s') }),
    await browser.signIn({ token: await signed({ directorate: 'that-is-wrong', more: 'x'.repeat(3000) }) }),
    await browser.signIn({ token: ['a-token-that-is-wrong'] }),
    await browser.signIn({ token, 'a-field-that-is-wrong': 'that-is-wrong' }),
    await browser.send({
      method: 'POST',
      url: SESSION,
      headers: OWN_PAGE,
      payload: '{"token":that-is-wrong"}',
    }),
    await browser.send({
      method: 'POST',
      url: SESSION,
      headers: { ...OWN_PAGE, 'content-type': 'text/plain' },
      payload: 'that-is-wrong',
    }),
    await browser.send({ url: `/app/sign-in?token=that-is-wrong&next=that-is-wrong` }),
    await browser.send({ url: `/app/session?token=that-is-wrong` }),
  ];
  browser.cookies.set('etl-session', 'a-cookie-that-is-wrong');
  refused.push(await browser.send(ME));
  const text = JSON.stringify(lines);
  expect(text).toContain('"caller":"dean"');
  expect(text).toContain('"why":"ERR_JWE_INVALID","msg":"token rejected"');
  const answers = refused.map(({ body }) => body.replaceAll('a-field-that-is-wrong', '')).join('\n');
  for (const secret of [token, cookies[0]?.value ?? '', 'that-is-wrong', SESSION_SECRET])
    for (const shown of [text, answers]) expect(shown).not.toContain(secret.slice(-40));
});
