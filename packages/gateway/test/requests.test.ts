import type { Logger } from '@etl/core';
import { scratchFolder, startRedis } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterEach, expect, inject, it } from 'vitest';
import { keptLog } from './kept-log.ts';
import { API, type Gateway, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

const servers = () => ({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });

let opened: Gateway[] = [];

afterEach(async () => {
  for (const gateway of opened) await gateway.close();
  opened = [];
});

async function open(env: Record<string, string>, log?: Logger): Promise<Gateway> {
  const gateway = await openGateway(servers(), { env, log });
  opened.push(gateway);
  return gateway;
}

const status = (gateway: Gateway, token: string | undefined = TOKEN, headers: Record<string, string> = {}) =>
  gateway.app.inject({
    url: `${API}/status`,
    headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
  });

it('requests above the limit of a caller are rejected, over all gateways together', async () => {
  const prefix = `{limited-${process.pid}-${Date.now()}}`;
  const env = { ...JWT_ENV, ETL_RATE_LIMIT: '5', ETL_QUEUE_PREFIX: prefix };
  const [first, second] = [await open(env), await open(env)];
  const answers = [];
  for (let request = 0; request < 3; request++) answers.push(await status(first), await status(second));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200, 429]);
  expect(answers.map(({ headers }) => headers['x-ratelimit-remaining'])).toEqual([
    '4',
    '3',
    '2',
    '1',
    '0',
    '0',
  ]);
  const refused = answers.at(-1);
  expect(refused?.json()).toMatchObject({
    code: 'RATE_LIMITED',
    error: expect.stringMatching(/^More than 5 requests in a minute: try again in \d+ s$/),
  });
  expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
  // Another token and a signed token of the same name have their own limits.
  expect((await status(first, `${TOKEN}-2`)).statusCode).toBe(200);
  expect((await status(first, await signed({ username: 'test' }))).statusCode).toBe(200);
  // Signed tokens of one name but different scopes have their own limits.
  for (const unit of ['A', 'B', 'C', 'D', 'E', 'F']) {
    expect((await status(first, await signed({ unit }))).statusCode).toBe(200);
  }
});

it('the gateway trusts X-Forwarded-For only from a configured proxy', async () => {
  const addressSeen = async (env: Record<string, string>) => {
    const { log, lines } = keptLog();
    const gateway = await open(env, log);
    await status(gateway, TOKEN, { 'x-forwarded-for': '203.0.113.7' });
    return lines.find(({ msg }) => msg === 'request answered')?.address;
  };
  expect(await addressSeen({ ETL_TRUST_PROXY: '10.0.0.0/8, 127.0.0.1' })).toBe('203.0.113.7');
  expect(await addressSeen({ ETL_TRUST_PROXY: '10.0.0.0/8' })).toBe('127.0.0.1');
  expect(await addressSeen({})).toBe('127.0.0.1');
});

it('ports, brackets or words in X-Forwarded-For cause no error, and no key that a caller can choose', async () => {
  const { log, lines } = keptLog();
  const gateway = await open({ ETL_TRUST_PROXY: '127.0.0.1', ETL_RATE_LIMIT: '600' }, log);
  const forwarded = ['203.0.113.7:5555', 'unknown', '[2001:db8::1]:443', 'a, unknown', '1.2.3.4, _x'];
  for (const header of forwarded) {
    const answer = await status(gateway, TOKEN, { 'x-forwarded-for': header });
    expect([answer.statusCode, header]).toEqual([200, header]);
    // A wrong token is counted by its address.
    const refused = await status(gateway, 'guess', { 'x-forwarded-for': header });
    expect([refused.statusCode, header]).toEqual([401, header]);
  }
  expect(lines.filter(({ level }) => Number(level) >= 40)).toEqual([]);
  const addresses = lines.filter(({ caller }) => caller === 'test').map(({ address }) => address);
  expect(addresses).toEqual(['203.0.113.7', '127.0.0.1', '2001:db8::1', '127.0.0.1', '127.0.0.1']);
});

it('while Redis is unreachable, requests are not limited and reads go on', async () => {
  const folder = scratchFolder();
  const redis = await startRedis({ folder: folder.value });
  const gateway = await openGateway({ ...servers(), redisUrl: redis.url }, { env: { ETL_RATE_LIMIT: '2' } });
  expect((await status(gateway)).statusCode).toBe(200);
  await redis.stop();
  const answers = await Promise.all(Array.from({ length: 5 }, () => status(gateway)));
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200, 200]);
  await gateway.close();
  await folder.remove();
});

it('an answer has the id of its request: the id of the caller if it is safe in a log', async () => {
  const gateway = await open({});
  const id = async (given?: string) =>
    (await status(gateway, TOKEN, given === undefined ? {} : { 'x-request-id': given })).headers[
      'x-request-id'
    ];
  expect(await id('portal-4711.b')).toBe('portal-4711.b');
  for (const given of [undefined, 'two words', '{"level":60}', 'x'.repeat(65), '']) {
    expect(await id(given)).toMatch(/^[0-9a-f-]{36}$/);
  }
  expect((await gateway.app.inject({ url: '/nothing' })).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

it('the gateway logs caller, path and status of each request', async () => {
  const { log, lines } = keptLog();
  const gateway = await open({}, log);
  await status(gateway, TOKEN, { 'x-request-id': 'first' });
  await gateway.app.inject({
    url: `${API}/export?date=2024-01-15&cursor=secret`,
    headers: { authorization: `Bearer ${TOKEN}x` },
  });
  await gateway.app.inject('/health/live');
  const answered = lines.filter(({ msg }) => msg === 'request answered');
  expect(answered).toMatchObject([
    {
      reqId: 'first',
      method: 'GET',
      path: `${API}/status`,
      httpStatus: 200,
      caller: 'test',
      address: '127.0.0.1',
      ms: expect.any(Number),
    },
    { method: 'GET', path: `${API}/export`, httpStatus: 401 },
  ]);
  expect(answered[1]).not.toHaveProperty('caller');
  expect(JSON.stringify(lines)).not.toContain(TOKEN);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

it('answers have security headers, and only configured origins may read them', async () => {
  const closed = await open({});
  const origin = 'https://portal.example.edu';
  const answer = await status(closed, TOKEN, { origin });
  expect(answer.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'strict-transport-security': expect.any(String),
    'cache-control': 'no-store',
  });
  expect(answer.headers).not.toHaveProperty('access-control-allow-origin');

  const named = await open({ ETL_CORS_ORIGINS: `${origin}, https://other.example.edu` });
  expect((await status(named, TOKEN, { origin })).headers['access-control-allow-origin']).toBe(origin);
  const exported = await named.app.inject({
    url: `${API}/export`,
    headers: { authorization: `Bearer ${TOKEN}`, origin },
  });
  expect(exported.headers.vary).toBe('Origin, Accept');
  expect(exported.headers['access-control-expose-headers']).toContain('x-request-id');
  expect((await status(named, TOKEN, { origin: 'https://evil.example' })).headers).not.toHaveProperty(
    'access-control-allow-origin',
  );
  const asked = await named.app.inject({
    method: 'OPTIONS',
    url: `${API}/run_pipeline`,
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization',
    },
  });
  expect(asked.statusCode).toBe(204);
  expect(asked.headers['access-control-allow-headers']).toBe('authorization');
});

it('an unexpected error is general in the answer and complete in the log', async () => {
  const { log, lines } = keptLog();
  const gateway = await open({}, log);
  await sql`ALTER TABLE log_scheduler RENAME COLUMN extraction_date TO elsewhere`.execute(gateway.warehouse);
  const answer = await status(gateway);
  expect(answer.statusCode).toBe(500);
  expect(answer.json()).toEqual({
    status: false,
    error: "Internal error. See the gateway's log (x-request-id).",
    code: 'INTERNAL_ERROR',
    timestamp: expect.any(String),
  });
  expect(lines.filter(({ level }) => Number(level) >= 50)).toMatchObject([
    {
      msg: 'request failed',
      reqId: answer.headers['x-request-id'],
      err: { message: expect.stringMatching(/Unknown column '.*extraction_date'/) },
    },
  ]);
});
