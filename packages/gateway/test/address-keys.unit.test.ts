import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openAddressKeys } from '../src/authentication/address-keys.ts';
import { jwtVerifier } from '../src/authentication/jwt.ts';
import { keptLog } from './kept-log.ts';
import { AUDIENCE, answering, ISSUER, providerKey, startKeyServer, tokenBy } from './key-server.ts';

const MINUTE = 60_000;
const first = providerKey('first');
const second = providerKey('second');
type KeyServer = Awaited<ReturnType<typeof startKeyServer>>;

describe('keys by address', () => {
  let server: KeyServer;
  let kept: ReturnType<typeof keptLog>;
  let keys: ReturnType<typeof openAddressKeys>;
  let verify: ReturnType<typeof jwtVerifier>;

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] });
    server = await startKeyServer(first);
    kept = keptLog();
    keys = openAddressKeys(server.url, kept.log);
    verify = jwtVerifier(
      { ETL_JWT_ISSUER: ISSUER, ETL_JWT_AUDIENCE: AUDIENCE, ETL_ADMIN_ROLES: ['etl-admin'] } as never,
      keys,
    );
  });
  afterEach(async () => {
    vi.useRealTimers();
    await server.close();
  });

  const pass = (ms: number) => vi.advanceTimersByTime(ms);
  const codeOf = async (token: string | Promise<string>) =>
    verify(await token).then(
      ({ name }) => name,
      (error: { code: string }) => error.code,
    );

  it('a token of a key at the address is accepted, and a thousand tokens read the keys once', async () => {
    const token = await tokenBy(first);
    const callers = await Promise.all(Array.from({ length: 1000 }, () => codeOf(token)));
    expect(new Set(callers)).toEqual(new Set(['dewi']));
    expect(server.asked()).toBe(1);
  });

  it('keys rotate without a failed request, and a withdrawn key is refused after ten minutes', async () => {
    expect(await codeOf(tokenBy(first))).toBe('dewi');
    pass(MINUTE);
    server.publish(first, second);
    expect(await codeOf(tokenBy(second))).toBe('dewi');
    expect(await codeOf(tokenBy(first))).toBe('dewi');
    server.publish(second);
    pass(10 * MINUTE);
    expect(await codeOf(tokenBy(second))).toBe('dewi');
    expect(await codeOf(tokenBy(first))).toBe('UNAUTHORIZED');
    expect(server.asked()).toBe(3);
  });

  it('a thousand unknown kids ask the address once a minute, at the same time or one by one', async () => {
    await codeOf(tokenBy(first));
    const strangers = await Promise.all(
      Array.from({ length: 1000 }, (_, at) => tokenBy(second, { kid: `unknown-${at}` })),
    );
    for (let minute = 1; minute <= 3; minute++) {
      pass(MINUTE);
      await Promise.all(strangers.slice(0, 500).map(codeOf));
      for (const token of strangers.slice(500)) expect(await codeOf(token)).toBe('UNAUTHORIZED');
      expect(server.asked()).toBe(1 + minute);
    }
  });

  it('an address that fails is asked once a minute, and tokens get 503 until it answers', async () => {
    server.behave((response) => response.writeHead(500).end());
    const token = await tokenBy(first);
    for (let minute = 1; minute <= 3; minute++) {
      const codes = await Promise.all(Array.from({ length: 300 }, () => codeOf(token)));
      expect(new Set(codes)).toEqual(new Set(['SIGN_IN_UNAVAILABLE']));
      expect(await codeOf(token)).toBe('SIGN_IN_UNAVAILABLE');
      expect(server.asked()).toBe(minute);
      expect(keys.isFailing()).toBe(true);
      pass(MINUTE);
    }
    expect(kept.lines).toHaveLength(3);
    expect(kept.lines[0]).toMatchObject({ level: 40, why: 'it answered 500', address: server.url });
    server.publish(first);
    expect(await codeOf(token)).toBe('dewi');
    expect(keys.isFailing()).toBe(false);
  });

  it('keys of an unreachable address are used for an hour, then refused, then used again', async () => {
    expect(await codeOf(tokenBy(first))).toBe('dewi');
    server.behave((response) => response.destroy());
    for (let minute = 5; minute < 60; minute += 5) {
      pass(5 * MINUTE);
      expect(await codeOf(tokenBy(first))).toBe('dewi');
    }
    // Its key may be a new one.
    expect(await codeOf(tokenBy(second))).toBe('SIGN_IN_UNAVAILABLE');
    pass(5 * MINUTE);
    expect(await codeOf(tokenBy(first))).toBe('SIGN_IN_UNAVAILABLE');
    server.publish(first);
    pass(MINUTE);
    expect(await codeOf(tokenBy(first))).toBe('dewi');
  });

  const bad: [string, (server: KeyServer) => void, string | RegExp][] = [
    [
      'leads to another address',
      ({ behave }) => behave((response) => response.writeHead(302, { location: '/other' }).end()),
      'the address leads to another one',
    ],
    [
      'is huge',
      ({ behave }) => behave(answering({ keys: [first.jwk], more: 'x'.repeat(300_000) })),
      'the answer has more than 256 kB',
    ],
    [
      'is no JSON',
      ({ behave }) => behave((response) => response.end('<html>')),
      'the answer is not a key set (JWKS)',
    ],
    ['is no key set', ({ behave }) => behave(answering([])), 'the answer is not a key set (JWKS)'],
    ['has no key', ({ publish }) => publish(), /the set has no key for RS256/],
    [
      'has only a key that encrypts',
      ({ publish }) => publish(providerKey('first', { use: 'enc', alg: 'RSA-OAEP' })),
      /the set has no key for RS256/,
    ],
  ];
  it.each(bad)('a key set whose answer %s is refused, and the former keys stay', async (_, answer, why) => {
    expect(await codeOf(tokenBy(first))).toBe('dewi');
    answer(server);
    pass(10 * MINUTE);
    expect(await codeOf(tokenBy(first))).toBe('dewi');
    expect(kept.lines.at(-1)?.why).toMatch(why);
    expect(server.asked()).toBe(2);
  });

  it('an address that does not end its answer is given up after five seconds', async () => {
    server.behave((response) => void response.write('{"keys": ['));
    expect(await codeOf(tokenBy(first))).toBe('SIGN_IN_UNAVAILABLE');
    expect(kept.lines.at(-1)?.why).toBe('the address did not answer in time');
  }, 15_000);

  it('the address is not asked for a text that is no signed token of its algorithms', async () => {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const right = await tokenBy(first);
    const [head = '', claims = '', signature = ''] = right.split('.');
    const texts = [
      '',
      'x',
      'a.b.c',
      `${head}.${claims}.`,
      `${head}.${claims}`,
      `${head}.${part('text')}.${signature}`,
      ...['none', 'HS256', 'RS1', '__proto__', 7, null].map(
        (alg) => `${part({ alg, kid: 'new' })}.${claims}.${signature}`,
      ),
    ];
    for (const text of texts) expect(await codeOf(text)).toBe('UNAUTHORIZED');
    expect(server.asked()).toBe(0);
  });

  it('a token whose parts are changed at random is refused', async () => {
    const token = await tokenBy(first);
    await verify(token);
    const changes = fc.array(fc.tuple(fc.nat(token.length - 1), fc.constantFrom(...'AZaz09-_.= {')), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(changes, async (edits) => {
        const letters = [...token];
        for (const [at, letter] of edits) letters[at] = letter;
        const changed = letters.join('');
        // The last letter of a signature holds bits that mean nothing.
        if (changed.slice(0, -1) === token.slice(0, -1)) return;
        expect(await codeOf(changed)).toBe('UNAUTHORIZED');
      }),
      { numRuns: 500 },
    );
    expect(server.asked()).toBe(1);
  });

  it('a right key under another kid is refused, and so is a right kid with another key', async () => {
    server.publish(first, second);
    expect(await codeOf(tokenBy(first, { kid: 'second' }))).toBe('UNAUTHORIZED');
    expect(await codeOf(tokenBy(first, { kid: 'third' }))).toBe('UNAUTHORIZED');
    expect(await codeOf(tokenBy(providerKey('first')))).toBe('UNAUTHORIZED');
  });

  it('a key or its address in the header of a token is not used', async () => {
    const own = providerKey('first');
    const headers = [
      { jwk: own.jwk },
      { jku: server.url },
      { x5u: server.url },
      { jwk: own.jwk, kid: undefined },
    ];
    for (const header of headers) expect(await codeOf(tokenBy(own, header))).toBe('UNAUTHORIZED');
    expect(server.asked()).toBe(1);
  });

  it('each of two keys with the same kid verifies its tokens, and a third one does not', async () => {
    const twin = providerKey('first');
    server.publish(first, twin);
    expect(await codeOf(tokenBy(first))).toBe('dewi');
    expect(await codeOf(tokenBy(twin))).toBe('dewi');
    expect(await codeOf(tokenBy(providerKey('first')))).toBe('UNAUTHORIZED');
    expect(await codeOf(tokenBy(twin, {}, { exp: 1 }))).toBe('UNAUTHORIZED');
  });

  it('a key for encryption or of another algorithm verifies no token', async () => {
    const encrypts = providerKey('encrypts', { use: 'enc' });
    const other = providerKey('other', { use: 'sig', alg: 'PS256' });
    server.publish(first, encrypts, other);
    expect(await codeOf(tokenBy(encrypts))).toBe('UNAUTHORIZED');
    expect(await codeOf(tokenBy(other))).toBe('UNAUTHORIZED');
    expect(await codeOf(tokenBy(other, { alg: 'PS256' }))).toBe('dewi');
  });

  it.each([
    ['for another program', { aud: 'portal' }],
    ['of another issuer', { iss: 'https://evil.example' }],
    ['without an end', { exp: undefined }],
    ['that has expired', { exp: 1 }],
  ])('a token %s is refused', async (_, claims) => {
    expect(await codeOf(tokenBy(first, {}, claims))).toBe('UNAUTHORIZED');
  });
});

it('a configured key works beside the address, without asking it', async () => {
  const own = providerKey('own');
  const server = await startKeyServer(first);
  const { log } = keptLog();
  const pem = createPublicKey(own.privateKey).export({ type: 'spki', format: 'pem' });
  const verify = jwtVerifier(
    {
      ETL_JWT_PUBLIC_KEY: pem.toString(),
      ETL_JWT_ISSUER: ISSUER,
      ETL_JWT_AUDIENCE: AUDIENCE,
      ETL_ADMIN_ROLES: [],
    } as never,
    openAddressKeys(server.url, log),
  );
  expect((await verify(await tokenBy(own))).name).toBe('dewi');
  expect(server.asked()).toBe(0);
  expect((await verify(await tokenBy(first))).name).toBe('dewi');
  expect(server.asked()).toBe(1);
  await server.close();
});
