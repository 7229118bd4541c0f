import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Scratch, scratchFolder } from '@etl/local-stack';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { DASHBOARD_POLICY } from '../src/dashboard/policy.ts';
import { type Browser, OWN_PAGE, openBrowser, SESSION, SESSION_SECRET } from './browser.ts';
import { API, type Gateway, openGateway } from './support.ts';

const PAGE = '<!doctype html><title>A build</title>';
const SCRIPT = 'assets/index-D1g3st.js';
const EXPLORE = '/app/assets/explore-D1g3st.js';
const SIGN_IN = '/app/assets/sign-in-D1g3st.js';

let folder: Scratch<string>;
let gateway: Gateway;
let visitor: Browser;
let person: Browser;

/** A folder such as `vite build` makes. */
function build(into: string): void {
  const write = (name: string, content: string | Buffer) => writeFileSync(path.join(into, name), content);
  mkdirSync(path.join(into, 'assets'));
  write('index.html', PAGE);
  write('preloads.json', JSON.stringify({ explore: [EXPLORE], 'sign-in': [SIGN_IN] }));
  write('favicon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  write(SCRIPT, 'export {};');
  write(`${SCRIPT}.gz`, gzipSync('export {};'));
}

beforeAll(async () => {
  folder = scratchFolder();
  build(folder.value);
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: { ETL_SESSION_SECRET: SESSION_SECRET }, options: { dashboard: folder.value } },
  );
  visitor = openBrowser(gateway);
  person = openBrowser(gateway);
  await person.signIn();
});
afterAll(async () => {
  await gateway?.close();
  await folder?.remove();
});

const scriptLink = (script: string) => `<${script}>; rel=modulepreload`;
const callLink = (call: string) => `<${API}/${call}>; rel=preload; as=fetch; crossorigin`;

it('the page of a view names its first calls and its own scripts, but calls only to a person with a session', async () => {
  const linkOf = async (url: string, browser = person) => (await browser.send({ url })).headers.link;
  const me = callLink('me');
  expect(await linkOf('/app')).toBe(me);
  expect(await linkOf('/app/constructor')).toBe(me);
  expect(await linkOf('/app/explore')).toBe(
    [me, callLink('categories?compare=previous'), scriptLink(EXPLORE)].join(', '),
  );
  const ways = '</app/sign-in/ways>; rel=preload; as=fetch; crossorigin';
  const ofSignIn = `${ways}, ${scriptLink(SIGN_IN)}`;
  expect(await linkOf('/app/sign-in')).toBe(ofSignIn);
  expect(await linkOf('/app/sign-in', visitor)).toBe(ofSignIn);
  expect(await linkOf('/app', visitor)).toBeUndefined();
  expect(await linkOf('/app/explore', visitor)).toBeUndefined();
  expect((await person.send({ url: '/app/preloads.json' })).body).toBe(PAGE);
});

it.each([
  ['/app/explore?category=F%20%3E1&compare=none', 'categories?parent=F%20%3E1'],
  [
    '/app/explore?to=2024-01-28&from=2024-01-01&metric=courses&compare=year',
    'categories?from=2024-01-01&to=2024-01-28&compare=year',
  ],
  ['/app/view-as?category=FTI', 'categories?compare=previous&parent=FTI'],
  ['/app/courses/42', 'courses/42?compare=previous'],
  // What the dashboard would ask for is not known.
  ['/app/explore?from=2024-02-30', undefined],
  ['/app/explore?compare=toString', undefined],
  ['/app/explore/F1', undefined],
  ['/app/courses/x', undefined],
  ['/app/runs', undefined],
])('the first call for figures of %s is %s', async (url, call) => {
  const { link } = (await person.send({ url })).headers;
  const calls = String(link)
    .split(', ')
    .filter((one) => one.includes(API));
  expect(calls).toEqual([callLink('me'), ...(call === undefined ? [] : [callLink(call)])]);
});

it('a page names no call that its viewer does not make: the list of View as is for administrators', async () => {
  const viewer = openBrowser(gateway);
  await viewer.signIn();
  await viewer.send({
    method: 'POST',
    url: `${SESSION}/view_as`,
    headers: OWN_PAGE,
    payload: { directorate: 'FTI' },
  });
  expect((await viewer.send({ url: '/app/view-as' })).headers.link).toBe(callLink('me'));
});

it.each([
  '/app',
  '/app/',
  '/app/sign-in',
  '/app/explore?from=2024-01-01',
  '/app/courses/7',
  '/app/explore/F.1',
])('every address of the dashboard gets its page, which is never stored: %s', async (url) => {
  const answer = await person.send({ url });
  expect(answer.statusCode).toBe(200);
  expect(answer.body).toBe(PAGE);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': DASHBOARD_POLICY,
  });
  expect(answer.headers.etag).toBeUndefined();
  expect((await person.send({ url, method: 'HEAD' })).statusCode).toBe(200);
});

it('the address of the host leads to the dashboard', async () => {
  const answer = await visitor.send({ url: '/' });
  expect([answer.statusCode, answer.headers.location]).toEqual([302, '/app']);
});

describe('a visitor without a session', () => {
  it.each([
    ['/app', '/app/sign-in'],
    ['/app/', '/app/sign-in'],
    [
      '/app/courses/7?from=2024-01-01&to=2024-01-28',
      '/app/sign-in?next=%2Fapp%2Fcourses%2F7%3Ffrom%3D2024-01-01%26to%3D2024-01-28',
    ],
    ['/app//evil.example', '/app/sign-in?next=%2Fapp%2F%2Fevil.example'],
  ])('is led to the sign-in: %s', async (url, location) => {
    const answer = await visitor.send({ url });
    expect([answer.statusCode, answer.headers.location]).toEqual([302, location]);
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('gets the page of the sign-in', async () => {
    expect((await visitor.send({ url: '/app/sign-in' })).body).toBe(PAGE);
  });

  it('is one whose session has ended', async () => {
    const browser = openBrowser(gateway);
    browser.cookies.set('etl-session', 'of-another-secret');
    expect((await browser.send({ url: '/app' })).headers.location).toBe('/app/sign-in');
  });
});

describe('files', () => {
  it('a file with a hash in its name is compressed, and kept for a year', async () => {
    const answer = await visitor.send({ url: `/app/${SCRIPT}`, headers: { 'accept-encoding': 'gzip, br' } });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: expect.stringContaining('accept-encoding'),
    });
    expect((await visitor.send({ url: `/app/${SCRIPT}` })).body).toBe('export {};');
  });

  it.each(['/app/favicon.svg', '/favicon.ico'])('%s is the icon', async (url) => {
    const answer = await visitor.send({ url });
    expect(answer.headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'cache-control': 'public, max-age=3600',
    });
  });

  it.each([
    '/app/assets/nothing.js',
    '/app/assets/',
    '/app/session',
    '/app/assets/..%2findex.html',
    '/app/assets/%2e%2e%2f%2e%2e%2fpackage.json',
  ])('%s is no page and no file', async (url) => {
    const answer = await person.send({ url });
    expect(answer.json()).toMatchObject({ status: false });
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
  });
});

it('a gateway without a build says so', async () => {
  const unbuilt = await openGateway({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  for (const url of ['/app', '/app/explore']) {
    const answer = await unbuilt.app.inject({ url });
    expect(answer.json().error).toBe('The dashboard is not built. Run pnpm build and restart the gateway.');
    expect(answer.statusCode).toBe(404);
  }
  await unbuilt.close();
});
