import { expect, it, onTestFinished, vi } from 'vitest';
import { ME, openBrowser, openForTest } from './browser.ts';
import { AUDIENCE, ISSUER, providerKey, startKeyServer, tokenBy } from './key-server.ts';
import { type Gateway, TOKEN } from './support.ts';

const key = providerKey('first');

const envOf = (url: string) => ({
  ETL_JWT_JWKS_URL: url,
  ETL_JWT_ISSUER: ISSUER,
  ETL_JWT_AUDIENCE: AUDIENCE,
});
const meWith = (gateway: Gateway, token: string) =>
  gateway.app.inject({ ...ME, headers: { authorization: `Bearer ${token}` } });
/** The metric of the keys. */
async function metricOf(gateway: Gateway): Promise<string | undefined> {
  const { body } = await gateway.app.inject({ url: '/metrics' });
  return /^etl_dependency_up\{dependency="keys"\} (\d)$/m.exec(body)?.[1];
}

it('keys that were never read: calls and sign-ins by their tokens get 503, other tokens work, and the metric is 0', async () => {
  const { url, close } = await startKeyServer(key);
  await close();
  const gateway = await openForTest(envOf(url));
  expect(await metricOf(gateway)).toBeUndefined();
  const token = await tokenBy(key);
  const refused = [await meWith(gateway, token), await openBrowser(gateway).signIn({ token })];
  for (const answer of refused) {
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ code: 'SIGN_IN_UNAVAILABLE' });
    expect(answer.cookies).toEqual([]);
  }
  expect((await meWith(gateway, TOKEN)).statusCode).toBe(200);
  // The gateway measures once a second at most.
  await vi.waitFor(async () => expect(await metricOf(gateway)).toBe('0'), { timeout: 5000 });
});

it('keys that can be read: their tokens are valid, and the metric is 1', async () => {
  const server = await startKeyServer(key);
  onTestFinished(server.close);
  const gateway = await openForTest(envOf(server.url));
  expect((await meWith(gateway, await tokenBy(key))).json().data.username).toBe('dewi');
  expect(await metricOf(gateway)).toBe('1');
});
