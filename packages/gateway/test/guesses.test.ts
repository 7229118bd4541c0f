import { once } from 'node:events';
import { connect } from 'node:net';
import { scratchFolder, startRedis } from '@etl/local-stack';
import { afterEach, expect, inject, it } from 'vitest';
import { keptLog } from './kept-log.ts';
import { API, type Gateway, openGateway, TOKEN } from './support.ts';
import { JWT_ENV, signed } from './tokens.ts';

/** Passwords or tokens that one test sends at once. */
const GUESSES = 700;
/** The guesses of one address that are checked in a minute. */
const MOST = 30;

const USER = 'operator';
const PASSWORD = 'a-board-password';
const ENV = { ...JWT_ENV, BULL_BOARD_USER: USER, BULL_BOARD_PASSWORD: PASSWORD };
const servers = () => ({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });

const opened: Gateway[] = [];
afterEach(async () => {
  for (const gateway of opened.splice(0)) await gateway.close();
});

async function open({ redisUrl = servers().redisUrl, env = {}, log = keptLog().log } = {}): Promise<Gateway> {
  const gateway = await openGateway({ ...servers(), redisUrl }, { env: { ...ENV, ...env }, log });
  opened.push(gateway);
  await gateway.app.listen({ port: 0, host: '127.0.0.1' });
  return gateway;
}

const basic = (password: string) => `Basic ${Buffer.from(`${USER}:${password}`).toString('base64')}`;

const board = async ({ app }: Gateway, password: string, remoteAddress = '127.0.0.1') =>
  (
    await app.inject({
      url: '/admin/queues/api/queues',
      headers: { authorization: basic(password) },
      remoteAddress,
    })
  ).statusCode;

const status = (
  { app }: Gateway,
  authorization = `Bearer ${TOKEN}`,
  headers: Record<string, string | string[]> = {},
) => app.inject({ url: `${API}/status`, headers: { authorization, ...headers } });

/** Writes the requests to a few connections without waiting for answers, and counts the answers by status. */
async function flood({ app }: Gateway, path: string, authorizations: string[]): Promise<Map<string, number>> {
  const { port } = new URL(app.listeningOrigin);
  const counts = new Map<string, number>();
  const connections = 7;
  await Promise.all(
    Array.from({ length: connections }, async (_, connection) => {
      const own = authorizations.filter((_, index) => index % connections === connection);
      const socket = connect(Number(port), '127.0.0.1');
      let text = '';
      socket.setEncoding('latin1').on('data', (part: string) => {
        text += part;
      });
      const requests = own.map(
        (authorization, index) =>
          `GET ${path} HTTP/1.1\r\nHost: gateway\r\nAuthorization: ${authorization}\r\n` +
          `Connection: ${index === own.length - 1 ? 'close' : 'keep-alive'}\r\n\r\n`,
      );
      socket.write(requests.join(''));
      await once(socket, 'close');
      for (const [, code = ''] of text.matchAll(/HTTP\/1\.1 (\d{3})/g))
        counts.set(code, (counts.get(code) ?? 0) + 1);
    }),
  );
  return counts;
}

const wrongPasswords = Array.from({ length: GUESSES }, (_, guess) => basic(`guess-${guess}`));
const wrongTokens = Array.from({ length: GUESSES }, (_, guess) => `Bearer guess-${guess}`);

it('of 700 concurrent wrong passwords 30 are checked, and then even the right one is rejected', async () => {
  const { log, lines } = keptLog();
  const gateway = await open({ log });
  const answers = await flood(gateway, '/admin/queues', wrongPasswords);
  expect(Object.fromEntries(answers)).toEqual({ 401: MOST, 429: GUESSES - MOST });
  expect(await board(gateway, PASSWORD)).toBe(429);
  // Other addresses are not limited.
  expect(await board(gateway, PASSWORD, '203.0.113.7')).toBe(200);
  // One line reports the limit. Unchecked requests are not logged.
  const messages = lines.map(({ msg }) => msg);
  expect(messages.filter((message) => message === 'rate limit exceeded')).toHaveLength(1);
  expect(messages.filter((message) => message === 'request answered').length).toBeLessThanOrEqual(MOST + 1);
});

it('wrong passwords and tokens share one limit, over all gateways', async () => {
  const env = { ETL_QUEUE_PREFIX: `{guesses-${process.pid}-${Date.now()}}` };
  const [first, second] = [await open({ env }), await open({ env })];
  for (let guess = 0; guess < MOST / 2; guess++) {
    expect(await board(first, `guess-${guess}`)).toBe(401);
    expect((await status(second, `Bearer guess-${guess}`)).statusCode).toBe(401);
  }
  expect(await board(second, 'one more')).toBe(429);
  const refused = await status(first, 'Bearer one-more');
  expect(refused.json()).toMatchObject({
    code: 'RATE_LIMITED',
    error: expect.stringMatching(/^More than 30 wrong passwords or tokens in a minute: try again in \d+ s$/),
  });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
});

it('a valid token passes while its address sends 700 wrong ones, which are rejected', async () => {
  const gateway = await open();
  const wrong = flood(gateway, `${API}/status`, wrongTokens);
  const right = [];
  for (let request = 0; request < 20; request++) right.push((await status(gateway)).statusCode);
  expect(new Set(right)).toEqual(new Set([200]));
  expect(Object.fromEntries(await wrong)).toEqual({ 401: MOST, 429: GUESSES - MOST });
  expect((await status(gateway)).statusCode).toBe(200);
  expect((await status(gateway, `Bearer ${await signed({ username: 'a' })}`)).statusCode).toBe(200);
});

it('an expired token with a valid signature is not counted as a guess', async () => {
  const gateway = await open();
  const expired = await signed({ username: 'a', nbf: Math.floor(Date.now() / 1000) + 60 });
  for (let request = 0; request < MOST + 5; request++) {
    expect((await status(gateway, `Bearer ${expired}`)).statusCode).toBe(401);
  }
  expect(await board(gateway, PASSWORD)).toBe(200);
});

it('the right password is never counted as a guess', async () => {
  const gateway = await open();
  for (let request = 0; request < 2 * MOST; request++) expect(await board(gateway, PASSWORD)).toBe(200);
  expect(await board(gateway, 'guess')).toBe(401);
  expect(await board(gateway, PASSWORD)).toBe(200);
});

it('many concurrent right passwords do not use up the limit of their address', async () => {
  const gateway = await open();
  const right = Array.from({ length: 200 }, () => basic(PASSWORD));
  const answers = await flood(gateway, '/admin/queues/api/queues', right);
  expect(Object.fromEntries(answers)).toEqual({ 200: 200 });
  expect(await board(gateway, PASSWORD)).toBe(200);
});

it('right passwords among wrong ones do not change the limit of wrong ones', async () => {
  const gateway = await open();
  const mixed = Array.from({ length: 10 * (MOST - 1) }, (_, index) =>
    basic(index % 10 === 0 ? `guess-${index}` : PASSWORD),
  );
  const answers = await flood(gateway, '/admin/queues/api/queues', mixed);
  expect(Object.fromEntries(answers)).toEqual({ 200: 9 * (MOST - 1), 401: MOST - 1 });
  expect(await board(gateway, PASSWORD)).toBe(200);
  expect(await board(gateway, 'guess')).toBe(401);
  expect(await board(gateway, PASSWORD)).toBe(429);
});

it('guesses are limited while Redis is unreachable', async () => {
  const folder = scratchFolder();
  const redis = await startRedis({ folder: folder.value });
  const gateway = await open({ redisUrl: redis.url });
  await redis.stop();
  const answers = await flood(gateway, '/admin/queues', wrongPasswords);
  expect(Object.fromEntries(answers)).toEqual({ 401: MOST, 429: GUESSES - MOST });
  expect(await board(gateway, PASSWORD)).toBe(429);
  await folder.remove();
});
