import { createHmac, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { Writable } from 'node:stream';
import { createLogger } from '@etl/core';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { API, type Gateway, openGateway } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, JWT_SECRET, signed } from './tokens.ts';

const servers = () => ({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const secret = (text: string) => new TextEncoder().encode(text);

const ADMIN = { username: 'root', roles: [ADMIN_ROLE] };
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

function made(
  claims: Record<string, unknown>,
  key: KeyObject | Uint8Array = secret(JWT_SECRET),
  header: { alg: string; [name: string]: unknown } = { alg: 'HS256' },
): Promise<string> {
  return new SignJWT({ exp: inSeconds(60), ...claims }).setProtectedHeader(header).sign(key);
}

/** A forged token, put together by hand. */
function forged(header: object, claims: object, sign: (text: string) => string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${sign(text)}`;
}

const hmac = (key: string) => (text: string) => createHmac('sha256', key).update(text).digest('base64url');

/** The log of the gateway, of every level. */
function recordedLog() {
  const lines: string[] = [];
  const log = createLogger(
    { ETL_LOG_LEVEL: 'trace' },
    'test',
    new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk));
        done();
      },
    }),
  );
  return { lines, log };
}

describe('signed tokens', () => {
  let gateway: Gateway;
  const { lines, log } = recordedLog();

  beforeAll(async () => {
    gateway = await openGateway(servers(), {
      env: {
        ...JWT_ENV,
        ETL_JWT_PUBLIC_KEY: pem(rsa.publicKey).replaceAll('\n', '\\n'),
        ETL_JWT_AUDIENCE: 'etl',
        ETL_JWT_ISSUER: 'https://login.example.edu',
      },
      log,
    });
  });
  afterAll(() => gateway?.close());

  const right = { aud: 'etl', iss: 'https://login.example.edu' };
  let asked = 0;
  const ask = (token: string, path = 'status') =>
    gateway.app.inject({
      method: 'GET',
      url: `${API}/${path}`,
      headers: { authorization: `Bearer ${token}` },
      // Wrong tokens are limited per address.
      remoteAddress: `192.0.2.${asked++}`,
    });

  it.each([
    ['HS256', () => made({ ...right, ...ADMIN })],
    ['RS256', () => made({ ...right, ...ADMIN }, rsa.privateKey, { alg: 'RS256' })],
    ['several audiences', () => made({ ...right, ...ADMIN, aud: ['portal', 'etl'] })],
    ['a name of any language', () => made({ ...right, username: 'Åsa 王小明 😀', roles: [] })],
    ['a name that is spelt with a joiner', () => made({ ...right, username: 'می\u200cترا', roles: [] })],
    ['only the required claims', () => made(right)],
    ['unknown claims', () => made({ ...right, sub: '7', groups: ['x'], nested: { roles: ['y'] } })],
  ])('a signed token with %s is accepted', async (_, token) => {
    expect((await ask(await token())).statusCode).toBe(200);
  });

  const hs = { alg: 'HS256', typ: 'JWT' };
  const admin = { ...right, ...ADMIN, exp: inSeconds(60) };
  const abuse: Record<string, () => string | Promise<string>> = {
    'alg none': () => forged({ alg: 'none' }, admin, () => ''),
    'alg None': () => forged({ alg: 'None' }, admin, () => ''),
    'alg none with a signature': () => forged({ alg: 'none' }, admin, hmac(JWT_SECRET)),
    'no alg': () => forged({}, admin, hmac(JWT_SECRET)),
    'an alg that is no text': () => forged({ alg: ['HS256'] }, admin, hmac(JWT_SECRET)),
    'alg __proto__': () => forged({ alg: '__proto__' }, admin, hmac(JWT_SECRET)),
    'the public key as the secret of HS256': () => forged(hs, admin, hmac(pem(rsa.publicKey))),
    'the public key without its line break as the secret': () =>
      forged(hs, admin, hmac(pem(rsa.publicKey).trim())),
    'HS512, which has no key here': () =>
      made({ ...right, ...ADMIN }, secret(JWT_SECRET.repeat(2)), { alg: 'HS512' }),
    'HS512 with the secret of HS256': () =>
      made({ ...right, ...ADMIN }, secret(JWT_SECRET), { alg: 'HS512' }),
    'HS384 with the secret of HS256': () =>
      made({ ...right, ...ADMIN }, secret(JWT_SECRET), { alg: 'HS384' }),
    'PS256 with our key': () => made({ ...right, ...ADMIN }, rsa.privateKey, { alg: 'PS256' }),
    'RS512 with our key': () => made({ ...right, ...ADMIN }, rsa.privateKey, { alg: 'RS512' }),
    'ES256 with a key of its own': () => made({ ...right, ...ADMIN }, ec.privateKey, { alg: 'ES256' }),
    'its own key in the header': () =>
      made({ ...right, ...ADMIN }, rsa.privateKey, {
        alg: 'RS256',
        jwk: rsa.publicKey.export({ format: 'jwk' }),
        kid: 'x',
      }).then((token) => `${token.slice(0, -4)}AAAA`),
    'an extension that must be understood': () =>
      forged({ ...hs, crit: ['b64'], b64: false }, admin, hmac(JWT_SECRET)),
    'another secret': () => made({ ...right, ...ADMIN }, secret(`${JWT_SECRET}!`)),
    'an empty secret': () => forged(hs, admin, hmac('')),
    'no signature': async () => `${(await made({ ...right, ...ADMIN })).split('.').slice(0, 2).join('.')}.`,
    'two parts': async () => (await made({ ...right, ...ADMIN })).split('.').slice(0, 2).join('.'),
    'a part too many': async () => `${await made({ ...right, ...ADMIN })}.x`,
    'its last letter cut off': async () => (await made({ ...right, ...ADMIN })).slice(0, -1),
    'claims changed after signing': async () => {
      const [head, , signature] = (await made({ ...right, roles: [] })).split('.');
      return `${head}.${Buffer.from(JSON.stringify(admin)).toString('base64url')}.${signature}`;
    },
    'claims that are no JSON': () => `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.e30x.AA`,
    'claims that are a list': () => forged(hs, [], hmac(JWT_SECRET)),
    '10 kB of nonsense': () => 'A'.repeat(10_240),
    '10 kB of claims, not signed': () => forged(hs, { ...admin, more: 'x'.repeat(7000) }, () => 'AA'),
    'bytes that are no text': () => '%00%ff%fe',
  };
  it.each(Object.entries(abuse))('a signed token with %s is rejected', async (_, token) => {
    const answer = await ask(await token());
    expect(answer.json()).toMatchObject({
      status: false,
      code: 'UNAUTHORIZED',
      error: 'A valid token is needed: Authorization: Bearer <token>',
    });
    expect(answer.statusCode).toBe(401);
    expect(answer.body).not.toMatch(/\.ts|at .*:\d+/);
  });

  it.each([
    ['that has expired', { exp: inSeconds(-1) }, 'The token has expired'],
    ['whose expiry is no number', { exp: 'never' }, "The token's claim exp is not the right one"],
    ['that is not valid yet', { nbf: inSeconds(60) }, 'The token is not valid yet'],
    ['for another audience', { aud: 'portal' }, "The token's claim aud is not the right one"],
    ['without an audience', { aud: undefined }, "The token's claim aud is not the right one"],
    ['of another issuer', { iss: 'https://evil.example' }, "The token's claim iss is not the right one"],
    ['with roles that are a number', { roles: 7 }, "The token's claims cannot be understood: roles"],
    [
      'with roles that hide an object',
      { roles: [{ name: ADMIN_ROLE }] },
      "The token's claims cannot be understood: roles",
    ],
    [
      'with a directorate that is a list',
      { directorate: ['A'] },
      "The token's claims cannot be understood: directorate",
    ],
    ['with a unit that is true', { unit: true }, "The token's claims cannot be understood: unit"],
    ['with a unit of 1.5', { unit: 1.5 }, "The token's claims cannot be understood: unit"],
    [
      'with a line break in the name',
      { username: 'root\n{"level":60}' },
      "The token's claims cannot be understood: username",
    ],
    [
      'with a name of 10 kB',
      { username: 'x'.repeat(10_000) },
      "The token's claims cannot be understood: username",
    ],
  ])('%s is rejected, and the answer says why', async (_, claims, error) => {
    const answer = await ask(await made({ ...right, ...ADMIN, ...claims } as Record<string, unknown>));
    expect(answer.json()).toMatchObject({ status: false, code: 'UNAUTHORIZED', error });
    expect(answer.statusCode).toBe(401);
  });

  it.each([
    ['blank', '  '],
    ['zero-width', '\u200b'],
    ['visible but for its end', 'root\u200b'],
    ['joined as no spelling does', 'ro\u200dot'],
    ['turned round', '\u202etoor'],
    ['a filler', '\u3164'],
    ['without a letter or digit', '-_-'],
    ['followed by a blank', 'root '],
    ['with a control character', 'root\u0085'],
  ])(
    'a signed token with a user name that is %s is rejected, and the answer says why',
    async (_, username) => {
      const answer = await ask(await made({ ...right, ...ADMIN, username }));
      expect(answer.json()).toMatchObject({
        code: 'UNAUTHORIZED',
        error: "The token's claims cannot be understood: username",
      });
    },
  );

  it('a signed token of a viewer may only read', async () => {
    const viewer = await made({ ...right, username: 'viewer', roles: ['lecturer'], directorate: 'A' });
    for (const path of [
      'run_pipeline',
      'run_activity_counts',
      'run_user_counts',
      'run_main_etl',
      'run_backfill',
    ]) {
      const answer = await gateway.app.inject({
        method: 'POST',
        url: `${API}/${path}`,
        headers: { authorization: `Bearer ${viewer}`, 'content-type': 'application/json' },
        payload: '{ this is not even read',
      });
      expect(answer.json()).toMatchObject({
        status: false,
        code: 'FORBIDDEN',
        error: 'Not allowed with this token',
      });
      expect(answer.statusCode).toBe(403);
    }
    expect(await gateway.warehouse.selectFrom('log_scheduler').selectAll().execute()).toEqual([]);
    expect((await ask(viewer, 'scheduler_data')).statusCode).toBe(200);
    const head = await gateway.app.inject({
      method: 'HEAD',
      url: `${API}/status`,
      headers: { authorization: `bearer ${viewer}` },
    });
    expect(head.statusCode).toBe(200);
  });

  it('a signed token of an administrator starts runs in its own name', async () => {
    const answer = await gateway.app.inject({
      method: 'POST',
      url: `${API}/run_user_counts`,
      headers: { authorization: `Bearer ${await made({ ...right, username: 'Åsa 王', roles: ADMIN_ROLE })}` },
      payload: { date: '2024-01-15' },
    });
    expect(answer.statusCode).toBe(202);
    const rows = await gateway.warehouse.selectFrom('log_scheduler').select('requested_by').execute();
    expect(rows).toEqual([{ requested_by: 'Åsa 王' }]);
  });

  it('a signed token is never logged, valid or not', async () => {
    const tokens = [await made({ ...right, ...ADMIN }), await made({ ...right, exp: 1 }), 'A'.repeat(10_240)];
    for (const token of tokens) {
      await ask(token);
      await ask(token, `export?token=${token}`);
    }
    const text = lines.join('');
    expect(text).toContain('"caller":"root"');
    // The log says more than the answer.
    expect(text).toContain('"why":"ERR_JWT_EXPIRED (exp)","msg":"token rejected"');
    expect(text).toContain('"why":"ERR_JWS_INVALID","msg":"token rejected"');
    for (const token of tokens) expect(text).not.toContain(token.slice(-40));
    expect(text).not.toContain('Bearer');
  });
});

describe('elliptic keys', () => {
  it('an elliptic key accepts ES256 only', async () => {
    const gateway = await openGateway(servers(), {
      env: { ETL_JWT_PUBLIC_KEY: pem(ec.publicKey), ETL_ADMIN_ROLES: ADMIN_ROLE },
    });
    const ask = async (token: string) =>
      (await gateway.app.inject({ url: `${API}/status`, headers: { authorization: `Bearer ${token}` } }))
        .statusCode;
    expect(await ask(await made(ADMIN, ec.privateKey, { alg: 'ES256' }))).toBe(200);
    expect(await ask(await made(ADMIN, rsa.privateKey, { alg: 'RS256' }))).toBe(401);
    expect(await ask(await signed(ADMIN))).toBe(401);
    await gateway.close();
  });
});

it('without a key every signed token is rejected', async () => {
  const gateway = await openGateway(servers());
  const answer = await gateway.app.inject({
    url: `${API}/status`,
    headers: { authorization: `Bearer ${await signed(ADMIN)}` },
  });
  expect(answer.json()).toMatchObject({ code: 'UNAUTHORIZED' });
  await gateway.close();
});
