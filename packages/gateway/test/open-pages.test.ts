import { afterEach, expect, inject, it } from 'vitest';
import { keptLog } from './kept-log.ts';
import { API, type Gateway, openGateway, TOKEN } from './support.ts';

const LIMIT = 20;
const FLOOD = 300;

const opened: Gateway[] = [];
afterEach(async () => {
  for (const gateway of opened.splice(0)) await gateway.close();
});

async function open(env: Record<string, string> = {}) {
  const { log, lines } = keptLog();
  const gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: { ETL_RATE_LIMIT: String(LIMIT), ...env }, log },
  );
  opened.push(gateway);
  const get = async (url: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
    (await gateway.app.inject({ url, headers, remoteAddress })).statusCode;
  return { lines, get, gateway };
}

it.each([
  ['/nothing', 404],
  ['/', 302],
  ['/app', 404],
  ['/app/session', 404],
  ['/admin/queues', 404],
  ['/openapi.json', 200],
  ['/docs/', 200],
  ['/docs/json', 200],
  [`${API}/status`, 401],
  [`${API}/nothing`, 404],
])('%s is limited per address', async (path, usual) => {
  const { get, lines } = await open();
  const answers = await Promise.all(Array.from({ length: FLOOD }, () => get(path)));
  const count = (code: number) => answers.filter((answer) => answer === code).length;
  expect([count(usual), count(429)]).toEqual([LIMIT, FLOOD - LIMIT]);
  // The limit applies to all open pages of the address, but not to other addresses and callers with a token.
  expect(await get('/openapi.json')).toBe(429);
  expect(await get('/openapi.json', {}, '203.0.113.7')).toBe(200);
  expect(await get(`${API}/status`, { authorization: `Bearer ${TOKEN}` })).toBe(200);
  const answered = lines.filter(({ msg }) => msg === 'request answered').length;
  expect(answered).toBeLessThanOrEqual(LIMIT + 2);
  expect(lines.filter(({ msg }) => msg === 'rate limit exceeded')).toMatchObject([{ address: '127.0.0.1' }]);
});

it.each(['/health/live', '/health/ready', '/metrics'])('the probe %s is never limited', async (path) => {
  const { get } = await open();
  for (let request = 0; request <= LIMIT; request++) await get('/nothing');
  expect(await get('/nothing')).toBe(429);
  for (let request = 0; request <= LIMIT; request++) expect(await get(path)).toBe(200);
});

it('the password prompt of the board has the limit of open pages', async () => {
  const { get } = await open({ BULL_BOARD_USER: 'operator', BULL_BOARD_PASSWORD: 'a-board-password' });
  for (let request = 0; request < LIMIT; request++) expect(await get('/admin/queues')).toBe(401);
  expect(await get('/admin/queues')).toBe(429);
});

it('the gateway does not read the body of a request above the limit', async () => {
  const { gateway } = await open();
  const post = () =>
    gateway.app.inject({
      method: 'POST',
      url: '/nothing',
      headers: { 'content-type': 'application/json' },
      payload: '{ this is no JSON',
    });
  const answers = [];
  for (let request = 0; request <= LIMIT; request++) answers.push((await post()).statusCode);
  expect(answers.at(-1)).toBe(429);
});
