import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDrawn, openPage, openSite, type Site } from './browser.ts';
import { type PersonProxy, startPersonProxy } from './person-proxy.ts';

const DEWI = { 'x-person-user': 'dewi', 'x-person-unit': 'FTI-IF' };
const BUDI = { 'x-person-user': 'budi', 'x-person-unit': 'FIB-SJ' };
const ACCOUNT = 'Sign in with your university account';

let site: Site;
let proxy: PersonProxy;

beforeAll(async () => {
  site = await openSite({
    env: {
      ETL_TRUST_PROXY: '127.0.0.1',
      ETL_PROXY_USER_HEADER: 'X-Person-User',
      ETL_PROXY_UNIT_HEADER: 'X-Person-Unit',
    },
  });
  proxy = await startPersonProxy(site.url);
});

afterAll(async () => {
  await site?.close();
  await proxy?.close();
});

/** A page behind the proxy. A caller's own header of a person has no effect. */
const open = () =>
  openPage(
    { browser: site.browser, url: proxy.url },
    { extraHTTPHeaders: { 'x-person-user': 'root', 'x-person-unit': 'FTI' } },
  );

describe('a person whom a proxy has signed in', () => {
  it('sees the page that was asked for at once, with the figures of its unit', async () => {
    proxy.sign(DEWI);
    const { page, complaints } = await open();
    const stream = page.waitForResponse((answer) => answer.url().endsWith('/events'));
    await page.goto('/app/explore');
    await page.getByRole('rowheader', { name: /Algorithms/ }).waitFor();
    await page.getByText('dewi').waitFor();
    expect(page.url()).toBe(`${proxy.url}/app/explore`);
    expect((await stream).status()).toBe(200);
    await isDrawn(page);
    expect(await page.locator('body').textContent()).not.toMatch(/Hydraulics|History/);
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('heading', { name: /is final/ }).waitFor();
    await isDrawn(page);
    expect(complaints).toEqual([]);
  });

  it('never sees the figures of the person before it at the same browser', async () => {
    proxy.sign(DEWI);
    const { page } = await open();
    await page.goto('/app/explore');
    await page.getByRole('rowheader', { name: /Algorithms/ }).waitFor();
    proxy.sign(BUDI);
    // The session of the former person is refused, and the page leads to the sign-in.
    await page.getByRole('link', { name: '7 days' }).click();
    await page.getByRole('link', { name: ACCOUNT }).click();
    await page.getByRole('rowheader', { name: /Ancient History/ }).waitFor();
    await page.getByText('budi').waitFor();
    await isDrawn(page);
    expect(await page.locator('body').textContent()).not.toContain('Algorithms');
  });

  it('reads why it is refused if the proxy does not send its unit', async () => {
    proxy.sign({ 'x-person-user': 'dewi' });
    const { page } = await open();
    await page.goto('/app/explore');
    const refusal = page.getByRole('alert').getByText('Its log has the header that is wrong.');
    await refusal.waitFor();
    expect(await page.getByRole('textbox').count()).toBe(0);
    proxy.sign(DEWI);
    await page.getByRole('link', { name: ACCOUNT }).click();
    await page.getByText('dewi').waitFor();
  });

  it('gets a way back after the end of a session, and no field for a token', async () => {
    proxy.sign(DEWI);
    const { page, complaints } = await open();
    await page.goto('/app/sign-in?reason=ended&next=%2Fapp%2Fexplore');
    const back = page.getByRole('link', { name: ACCOUNT });
    await back.waitFor();
    expect(await back.getAttribute('href')).toBe('/app/explore');
    expect(await page.getByRole('textbox').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});
