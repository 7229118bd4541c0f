import path from 'node:path';
import { runProcess, scratchFolder } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openSystem, type System } from './system.ts';

let system: System;

beforeAll(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
});

afterAll(() => system?.close());

/** Starts a gateway in production that refuses to start. */
async function refusedStart(env: Record<string, string>) {
  const folder = scratchFolder();
  const logFile = path.join(folder.value, 'gateway.log');
  const ended = await runProcess('gateway', {
    env: { ...system.env, NODE_ENV: 'production', ...env },
    logFile,
  });
  await folder.remove();
  return ended;
}

it.each([
  [
    'a documented token',
    { ETL_WEBHOOK_TOKENS: 'portal:your-webhook-token-here' },
    /the token of portal is a documented example/,
  ],
  ['a short token', { ETL_WEBHOOK_TOKENS: 'portal:short' }, /openssl rand -hex 24/],
  ['a short secret', { ETL_JWT_SECRET: 'short' }, /ETL_JWT_SECRET is shorter than 32/],
  ['no password for Bull Board', { BULL_BOARD_PASSWORD: '' }, /BULL_BOARD_PASSWORD is not set/],
  ['a short password for Bull Board', { BULL_BOARD_PASSWORD: '1' }, /BULL_BOARD_PASSWORD is shorter than 12/],
  ['no user for Bull Board', { BULL_BOARD_USER: ' ' }, /BULL_BOARD_USER is not set/],
])('a gateway does not start in production with %s', async (_, env, complaint) => {
  const { code, output } = await refusedStart(env as Record<string, string>);
  expect(code).toBe(2);
  expect(output).toMatch(complaint);
  expect(output).not.toContain('your-webhook-token-here');
});

it('a gateway starts in production with all required settings', async () => {
  system.env.NODE_ENV = 'production';
  await system.startGateway();
  expect((await system.call('status')).code).toBe(200);
});
