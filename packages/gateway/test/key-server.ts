import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';

export const ISSUER = 'https://login.example.edu';
export const AUDIENCE = 'etl';

export interface ProviderKey {
  privateKey: KeyObject;
  jwk: Record<string, unknown>;
}

/** A key of a provider, with the fields that its set gives it. */
export function providerKey(kid: string, fields: Record<string, unknown> = { use: 'sig' }): ProviderKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, ...fields } };
}

/** A token as a provider signs it, for an hour of the clock of the test. */
export function tokenBy(
  { privateKey, jwk }: ProviderKey,
  header: Record<string, unknown> = {},
  claims: Record<string, unknown> = {},
): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  return new SignJWT({ username: 'dewi', iss: ISSUER, aud: AUDIENCE, exp, ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: String(jwk.kid), ...header })
    .sign(privateKey);
}

/** A real server of keys. It counts its requests. */
export async function startKeyServer(...keys: ProviderKey[]) {
  let asked = 0;
  let answer = answering({ keys: keys.map(({ jwk }) => jwk) });
  const server = createServer((_, response) => {
    asked++;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/keys`,
    asked: () => asked,
    publish: (...others: ProviderKey[]) => {
      answer = answering({ keys: others.map(({ jwk }) => jwk) });
    },
    behave: (how: (response: ServerResponse) => void) => {
      answer = how;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export const answering = (body: unknown) => (response: ServerResponse) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
};
