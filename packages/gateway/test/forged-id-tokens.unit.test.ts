import { createHmac, createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openProvider, type Provider } from '../src/authentication/oidc/provider.ts';
import { providerKey, tokenBy } from './key-server.ts';

const SECRET = 'the secret of this client';
const own = providerKey('own');
const foreign = providerKey('own');

let issuer = '';
let provider: Provider;
let idToken: (nonce: string) => string | Promise<string>;
let userinfo: object = { sub: 'dewi', directorate: 'FTI', unit: 'FTI-IF' };

/** A provider that answers any code with the ID token of the test. */
const server = createServer(async (request, response) => {
  const path = request.url ?? '';
  const answers: Record<string, () => unknown> = {
    '/.well-known/openid-configuration': () => ({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/keys`,
      userinfo_endpoint: `${issuer}/me`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      // It would allow every algorithm.
      id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
    }),
    '/keys': () => ({ keys: [own.jwk] }),
    '/me': () => userinfo,
    '/token': async () => ({
      access_token: 'a',
      token_type: 'bearer',
      id_token: await idToken(nonces.at(-1) ?? ''),
    }),
  };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(await answers[path]?.()));
});
const nonces: string[] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  provider = openProvider({
    ETL_OIDC_ISSUER: issuer,
    ETL_OIDC_CLIENT_ID: 'etl',
    ETL_OIDC_CLIENT_SECRET: SECRET,
    ETL_ADMIN_ROLES: ['etl-admin'],
  } as never) as Provider;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** What the provider says about the person who comes back, or why it is refused. */
async function signIn(token: typeof idToken): Promise<unknown> {
  idToken = token;
  const back = 'https://etl.example.edu/app/sign-in/callback';
  const { checks } = await provider.begin(back, false);
  nonces.push(checks.nonce);
  const callback = new URL(`${back}?code=c&state=${checks.state}`);
  return provider.finish(callback, checks).then(
    ({ claims }) => claims,
    ({ reason }: { reason: string }) => reason,
  );
}

/** A right ID token, with these changes. */
const made =
  (claims: object = {}, header: Record<string, unknown> = {}, key = own) =>
  (nonce: string) =>
    tokenBy(key, header, { iss: issuer, aud: 'etl', sub: 'dewi', iat: now(), nonce, ...claims });

const now = () => Math.floor(Date.now() / 1000);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The right claims, signed by an algorithm that needs no key of the provider. */
function forged(alg: string, secret?: string) {
  return (nonce: string) => {
    const claims = {
      iss: issuer,
      aud: 'etl',
      sub: 'dewi',
      iat: now(),
      exp: now() + 60,
      nonce,
      username: 'root',
    };
    const text = `${part({ alg, kid: 'own' })}.${part({ ...claims, roles: ['etl-admin'] })}`;
    return `${text}.${secret === undefined ? '' : createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
}

const publicKey = createPublicKey(own.privateKey).export({ type: 'spki', format: 'pem' }).toString();

it('a right ID token signs in, and what is missing there comes from userinfo', async () => {
  expect(await signIn(made())).toEqual({ username: 'dewi', roles: [], directorate: 'FTI', unit: 'FTI-IF' });
});

it.each<[string, typeof idToken]>([
  ['for another client', made({ aud: 'portal' })],
  ['for two clients, made for the other one', made({ aud: ['etl', 'portal'], azp: 'portal' })],
  ['for two clients without saying for which', made({ aud: ['etl', 'portal'] })],
  ['of another issuer', made({ iss: 'https://evil.example.org' })],
  ['of another sign-in', made({ nonce: 'another' })],
  ['without a nonce', made({ nonce: undefined })],
  ['that has expired', made({ exp: now() - 60 })],
  ['without an end', made({ exp: undefined })],
  ['without a person', made({ sub: undefined })],
  ['of another key with the same kid', made({}, {}, foreign)],
  ['of another key, in its header', made({}, { jwk: foreign.jwk }, foreign)],
  [
    'of another key, at an address in its header',
    made({}, { jku: 'https://evil.example.org/keys' }, foreign),
  ],
  ['without a signature', forged('none')],
  ['signed with the secret of the client', forged('HS256', SECRET)],
  ['signed with the public key as a secret', forged('HS256', publicKey)],
])('an ID token %s is refused', async (_, token) => {
  expect(await signIn(token)).toBe('invalid');
});

it('userinfo about another person is refused', async () => {
  userinfo = { sub: 'rector', roles: ['etl-admin'] };
  expect(await signIn(made())).toBe('invalid');
});

it.each([
  ['a list of lists', { directorate: [['FTI']] }],
  ['an object', { unit: { idnumber: 'FTI' } }],
  ['a list of two', { unit: ['FTI-IF', 'FTI-SI'] }],
  ['numbers as roles', { roles: [1] }],
  ['an object as roles', { roles: { '0': 'etl-admin' } }],
])('a claim that is %s is refused', async (_, claims) => {
  userinfo = { sub: 'dewi' };
  expect(await signIn(made(claims))).toBe('invalid');
});
