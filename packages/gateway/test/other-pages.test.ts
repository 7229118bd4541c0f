import { expect, it } from 'vitest';
import { HOST, OWN_PAGE, openBrowser, openForTest, SESSION } from './browser.ts';
import { API, TOKEN } from './support.ts';

const RUN = { method: 'POST', url: `${API}/run_pipeline`, payload: { date: '2024-01-15' } } as const;
const JSON_BODY = { 'content-type': 'application/json' };

it.each<[string, Record<string, string>]>([
  ['a page of another site', { ...JSON_BODY, 'sec-fetch-site': 'cross-site' }],
  ['a page of a neighbouring host', { ...JSON_BODY, 'sec-fetch-site': 'same-site' }],
  ['an address that a person opens', { ...JSON_BODY, 'sec-fetch-site': 'none' }],
  ['another origin in an old browser', { ...JSON_BODY, origin: 'https://evil.example' }],
  ['a hidden origin in an old browser', { ...JSON_BODY, origin: 'null' }],
  ['another port in an old browser', { ...JSON_BODY, origin: 'http://127.0.0.1:9999' }],
  [
    'another site that names our origin',
    { ...JSON_BODY, 'sec-fetch-site': 'cross-site', origin: `http://${HOST}` },
  ],
  ['a program without these headers', JSON_BODY],
  ['a form', { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }],
  ['a form with text', { 'sec-fetch-site': 'same-origin', 'content-type': 'text/plain; application/json' }],
  ['a request without a type', { 'sec-fetch-site': 'same-origin', 'content-type': '' }],
])('%s can neither act with a session, nor begin or end one', async (_, headers) => {
  const gateway = await openForTest();
  const browser = openBrowser(gateway);
  await browser.signIn();
  for (const request of [
    RUN,
    { method: 'POST', url: SESSION, payload: { token: TOKEN } },
    { method: 'DELETE', url: SESSION },
  ] as const) {
    const payload = 'payload' in request ? JSON.stringify(request.payload) : '';
    const answer = await browser.send({ ...request, payload, headers });
    expect(answer.json(), request.url).toMatchObject({ code: 'FORBIDDEN' });
    expect(answer.cookies).toEqual([]);
  }
  expect(await gateway.warehouse.selectFrom('log_scheduler').selectAll().execute()).toEqual([]);
});

it.each<[string, Record<string, string>]>([
  ['Sec-Fetch-Site', OWN_PAGE],
  [
    'the origin of an old browser',
    { 'content-type': 'application/json; charset=utf-8', origin: `http://${HOST}` },
  ],
])('a page of the gateway acts with a session: %s', async (_, headers) => {
  const browser = openBrowser(await openForTest());
  await browser.signIn();
  expect((await browser.send({ ...RUN, headers })).statusCode).toBe(202);
});

it('behind a proxy an old browser must name the public address', async () => {
  const browser = openBrowser(await openForTest({ ETL_PUBLIC_URL: 'https://etl.example.edu' }));
  await browser.signIn();
  const send = async (origin: string) =>
    (await browser.send({ ...RUN, headers: { ...JSON_BODY, origin } })).statusCode;
  expect(await send(`http://${HOST}`)).toBe(403);
  expect(await send('https://etl.example.edu')).toBe(202);
});

it('a token in a header needs none of this', async () => {
  const gateway = await openForTest();
  const headers = { authorization: `Bearer ${TOKEN}`, 'sec-fetch-site': 'cross-site' };
  expect((await gateway.app.inject({ ...RUN, headers })).statusCode).toBe(202);
});
