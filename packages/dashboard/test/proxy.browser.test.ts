import { expect, it } from 'vitest';
import { openPage, openSite } from './browser.ts';

it('after the end of a session, a person of a proxy gets a way back, and no field for a token', async () => {
  const site = await openSite({
    load: async () => {},
    env: { ETL_TRUST_PROXY: '127.0.0.1', ETL_PROXY_USER_HEADER: 'X-Person-User' },
  });
  const { page, complaints } = await openPage(site, { extraHTTPHeaders: { 'x-person-user': 'dewi' } });
  await page.goto('/app/sign-in?reason=ended&next=%2Fapp%2Fexplore');
  const back = page.getByRole('link', { name: 'Sign in with your university account' });
  await back.waitFor();
  expect(await back.getAttribute('href')).toBe('/app/explore');
  expect(await page.getByRole('textbox').count()).toBe(0);
  expect(complaints).toEqual([]);
  await site.close();
});
