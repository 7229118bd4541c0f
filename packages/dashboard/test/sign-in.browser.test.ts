import { binary } from '@etl/local-stack';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { TOKEN } from '../../gateway/test/support.ts';
import { signed } from '../../gateway/test/tokens.ts';
import { openExplore, openPage, openSignedIn, openSite, type Site, tabTo } from './browser.ts';

let site: Site;

beforeAll(async () => {
  site = await openSite();
});

afterAll(() => site?.close());

it('a person signs in by keyboard alone and sees the address that was asked for', async () => {
  const { page, complaints } = await openPage(site);
  await page.goto('/app/explore?category=FTI');
  await page.waitForURL('**/app/sign-in?**');
  await tabTo(page, 'Token');
  await page.keyboard.type(TOKEN);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Engineering', level: 1 }).waitFor();
  expect(page.url()).toBe(`${site.url}/app/explore?category=FTI`);
  expect(complaints).toEqual([]);
});

it('the page says that a token is not valid, and keeps the focus in the field', async () => {
  const { page } = await openPage(site);
  await page.goto('/app/sign-in');
  await page.getByRole('textbox', { name: 'Token' }).fill('no-token-of-this-system');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('alert').getByText('This token is not valid').waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('token');
  expect(page.url()).toBe(`${site.url}/app/sign-in`);
});

it('a token is in no address, in no storage and not in the source of the page', async () => {
  const { page } = await openPage(site);
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  await page.goto('/app/sign-in');
  await page.getByRole('textbox', { name: 'Token' }).fill(TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: /is final/ }).waitFor();
  const kept = await page.evaluate(() =>
    JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, history.state]),
  );
  for (const text of [kept, await page.content(), ...addresses]) expect(text).not.toContain(TOKEN);
});

it('signing out ends the session in this browser', async () => {
  const { page } = await openSignedIn(site);
  await page.goto('/app');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  await page.goto('/app');
  await page.waitForURL('**/app/sign-in**');
});

it('a page whose session has ended leads to the sign-in, and back to what it showed', async () => {
  const { page } = await openSignedIn(site);
  await openExplore(page);
  await page.context().clearCookies();
  await page.getByRole('link', { name: '7 days' }).click();
  await page.getByText('Your session has ended.').waitFor();
  expect(new URL(page.url()).searchParams.get('next')).toMatch(
    /^\/app\/explore\?from=2024-02-19&to=2024-02-25$/,
  );
});

it('the page never leads to another host after signing in', async () => {
  const { page } = await openPage(site);
  await page.goto('/app/sign-in?next=//example.org/app');
  await page.getByRole('textbox', { name: 'Token' }).fill(TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${site.url}/app`);
});

it.each([
  [
    'en-GB',
    'Sign in',
    /^This token is too long/,
    /^A browser keeps a session only over HTTPS.*ETL_PUBLIC_URL/,
  ],
  [
    'id-ID',
    'Masuk',
    /^Token ini terlalu panjang/,
    /^Peramban menyimpan sesi hanya lewat HTTPS.*ETL_PUBLIC_URL/,
  ],
])('a refusal says in %s what is needed', async (locale, submit, tooLong, withoutHttps) => {
  // A name of the network that is not a loopback address.
  const browser = await chromium.launch({
    executablePath: binary('chromium'),
    args: ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP etl.example.test 127.0.0.1'],
  });
  onTestFinished(() => browser.close());
  const { port } = new URL(site.url);
  const { page } = await openPage({ ...site, browser, url: `http://etl.example.test:${port}` }, { locale });
  const refusal = async (address: string, token: string) => {
    await page.goto(`${address}/app/sign-in`);
    await page.getByRole('textbox', { name: 'Token' }).fill(token);
    await page.getByRole('button', { name: submit }).click();
    return page.getByRole('alert').textContent();
  };
  const token = await signed({ username: 'root', more: 'x'.repeat(3000) });
  expect(await refusal(`http://localhost:${port}`, token)).toMatch(tooLong);
  expect(await refusal(`http://etl.example.test:${port}`, TOKEN)).toMatch(withoutHttps);
  expect(await page.context().cookies()).toEqual([]);
});

it.each(['127.0.0.1', 'localhost'])('over plain HTTP at %s a person signs in', async (host) => {
  const url = `http://${host}:${new URL(site.url).port}`;
  const { page, complaints } = await openPage({ ...site, url });
  await page.goto('/app');
  await page.getByRole('textbox', { name: 'Token' }).fill(TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: /is final/ }).waitFor();
  expect(complaints).toEqual([]);
});
