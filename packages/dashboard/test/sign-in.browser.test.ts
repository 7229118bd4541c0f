import { afterAll, beforeAll, expect, it } from 'vitest';
import { TOKEN } from '../../gateway/test/support.ts';
import { signed } from '../../gateway/test/tokens.ts';
import { isDrawn, openPage, openSignedIn, openSite, type Site, tabTo } from './browser.ts';

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
  await page.goto('/app');
  await page.getByRole('heading', { name: /is final/ }).waitFor();
  await page.context().clearCookies();
  await page.getByRole('link', { name: '7 days' }).click();
  await page.getByText('Your session has ended.').waitFor();
  expect(new URL(page.url()).searchParams.get('next')).toMatch(/^\/app\?from=2024-02-19&to=2024-02-25$/);
});

it('the page never leads to another host after signing in', async () => {
  const { page } = await openPage(site);
  await page.goto('/app/sign-in?next=//example.org/app');
  await page.getByRole('textbox', { name: 'Token' }).fill(TOKEN);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${site.url}/app`);
});

it('a viewer of one unit finds no other unit by any address', async () => {
  const token = await signed({ username: 'head', roles: ['lecturer'], directorate: 'FTI', unit: 'FTI-IF' });
  const { page } = await openSignedIn(site, { token });
  for (const address of ['/app', '/app/explore', '/app/explore?q=Hist', '/app/explore?filter=silent']) {
    await page.goto(address);
    await page.locator('.panel').first().waitFor();
    await isDrawn(page);
    const text = await page.locator('body').textContent();
    for (const foreign of ['History', 'Letters', 'Statics', 'Civil']) expect(text).not.toContain(foreign);
  }
  for (const category of ['FIB', '9', 'FTI-TS']) {
    await page.goto(`/app/explore?category=${category}`);
    await page.getByText('The address of this page has a wrong value.').first().waitFor();
    expect(await page.locator('body').textContent()).not.toContain('History');
  }
});
