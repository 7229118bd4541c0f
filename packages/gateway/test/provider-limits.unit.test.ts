import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openProvider, type Provider } from '../src/authentication/oidc/provider.ts';
import { answering, providerKey, tokenBy } from './key-server.ts';

const key = providerKey('own');
let issuer = '';
let nonce = '';
/** The path whose answer has no end. */
let flooding = '';

const ANSWERS: Record<string, () => unknown> = {
  '/.well-known/openid-configuration': () => ({
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    userinfo_endpoint: `${issuer}/me`,
  }),
  '/keys': () => ({ keys: [key.jwk] }),
  '/me': () => ({ sub: 'dewi', unit: 'FTI-IF' }),
  '/token': async () => ({
    access_token: 'a',
    token_type: 'bearer',
    id_token: await tokenBy(key, {}, { iss: issuer, aud: 'etl', sub: 'dewi', iat: Date.now() / 1000, nonce }),
  }),
};

const server = createServer(async ({ url: path = '' }, response) => {
  if (path === flooding) flood(response);
  else answering(await ANSWERS[path]?.())(response);
});

function flood(response: ServerResponse): void {
  response.setHeader('content-type', 'application/json');
  const write = () => {
    while (!response.destroyed && response.write(' '.repeat(65_536)));
  };
  response.on('drain', write);
  write();
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What the provider says about the person who comes back, or why it is refused. */
async function signIn(): Promise<unknown> {
  const provider = openProvider({
    ETL_OIDC_ISSUER: issuer,
    ETL_OIDC_CLIENT_ID: 'etl',
    ETL_OIDC_CLIENT_SECRET: 'the secret of this client',
    ETL_ADMIN_ROLES: [],
  } as never) as Provider;
  const back = 'https://etl.example.edu/app/sign-in/callback';
  try {
    const { checks } = await provider.begin(back, false);
    nonce = checks.nonce;
    const callback = new URL(`${back}?code=c&state=${checks.state}`);
    return (await provider.finish(callback, checks)).claims.unit;
  } catch (error) {
    const { reason, message } = error as { reason: string; message: string };
    return { reason, why: message };
  }
}

it('a person signs in at a provider that answers as it should', async () => {
  flooding = '';
  expect(await signIn()).toBe('FTI-IF');
});

it.each(Object.keys(ANSWERS))('an answer without an end is not read: %s', async (path) => {
  flooding = path;
  expect(await signIn()).toEqual({ reason: 'provider', why: 'no answer: ANSWER_TOO_LARGE' });
});
