import path from 'node:path';
import { signInCodeKey } from '@etl/core';
import { runProcess, type Scratch, scratchFolder, waitUntil } from '@etl/local-stack';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { demoEnv, leftBehind, type StartedDemo, startDemo } from './started-demo.ts';

let folder: Scratch<string>;

beforeAll(() => {
  folder = scratchFolder();
});

afterAll(() => folder.remove());

/** The printed address signs a browser in, once, for eight hours. The code ends after a minute. */
async function signsInOnce(demo: StartedDemo): Promise<void> {
  const [, site = '', code = ''] = /(http:\/\/\S+)\/app\/sign-in#code=(\S+)/.exec(demo.output()) ?? [];
  const { REDIS_URL = '', ETL_QUEUE_PREFIX = '' } = demoEnv(folder.value);
  const redis = new Redis(REDIS_URL);
  const leftMs = await redis.pttl(signInCodeKey(ETL_QUEUE_PREFIX, code));
  redis.disconnect();
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(60_000);
  const signIn = () =>
    fetch(`${site}/app/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' },
      body: JSON.stringify({ code }),
    });
  const first = await signIn();
  expect(first.status).toBe(200);
  const cookie = first.headers.get('set-cookie') ?? '';
  expect(cookie).toMatch(/^etl-session=[^;]+; Max-Age=28800; Path=\/; HttpOnly; SameSite=Lax$/);
  expect((await signIn()).status).toBe(401);
  const me = await fetch(`${site}/api/user_activity_etl/me`, {
    headers: { cookie: cookie.split(';')[0] ?? '' },
  });
  expect(await me.json()).toMatchObject({ data: { username: 'demo', role: 'administrator' } });
}

it('the demo does not start with a wrong ETL_SUPPRESS_BELOW', async () => {
  const demo = await startDemo(folder.value, [], { ETL_SUPPRESS_BELOW: 'few' });
  expect(await demo.ended).toBe(1);
  expect(demo.output()).toContain('ETL_SUPPRESS_BELOW');
  expect(leftBehind(folder.value)).toEqual([]);
});

it('demo --once runs the pipeline, shows its result, and leaves no process', async () => {
  const demo = await startDemo(folder.value, ['--once'], { ETL_SUPPRESS_BELOW: '20' });
  expect(await demo.ended, demo.output()).toBe(0);
  expect(demo.output()).toMatch(/Pipeline of 2024-01-15: completed in [\d.]+ s/);
  expect(demo.output()).toMatch(/activity_counts .*\(\d+ ms\) {2}15\d\d log rows read, \d+ counted/);
  expect(demo.output()).toMatch(/The 15\d\d log rows of the day:\n +\d+ {2}counted in the figures\n/);
  expect(demo.output()).toMatch(/user_activity_etl: \d+ courses; the ten most viewed:/);
  expect(demoEnv(folder.value).ETL_SUPPRESS_BELOW).toBe('20');
  expect(leftBehind(folder.value)).toEqual([]);
});

it('the demo runs until Ctrl-C, answers the documented calls, and leaves no process', async () => {
  const demo = await startDemo(folder.value);
  await waitUntil(async () => demo.output().includes('Ctrl-C stops everything'), 'the demo to be up');
  expect(demo.output()).toContain('kept from last time');
  const api = `http://localhost:${demo.port}/api/user_activity_etl`;
  const call = async (request: string, token: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${api}/${request}`, { ...init, headers });
    return { code: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  await signsInOnce(demo);
  // The tokens of the documentation's examples.
  expect(await call('status', 'token')).toMatchObject({ code: 200, body: { status: true } });
  expect(await call('results/2024-01-15', 'token')).toMatchObject({ code: 200, body: { status: true } });
  expect(await call('scheduler_data', 'your-webhook-token')).toMatchObject({ code: 200 });
  expect(await call('export?limit=1000&offset=0&date=2024-01-15', 'your-webhook-token')).toMatchObject({
    code: 200,
    body: { status: true, limit: 1000, offset: 0, has_next: false, extraction_date: '2024-01-15' },
  });
  expect(await call('export', 'your-webhook-token')).toMatchObject({ code: 200, body: { data: [] } });
  const body = JSON.stringify({ date: '2024-01-15' });
  for (const run of ['run_activity_counts', 'run_user_counts', 'run_main_etl', 'run_pipeline']) {
    expect(await call(run, 'your-webhook-token', { method: 'POST', body })).toMatchObject({ code: 202 });
    await waitUntil(
      async () =>
        ((await call('status', 'token')).body.data as { etl_status: string }).etl_status === 'completed',
      `${run} to complete`,
    );
  }
  const env = demoEnv(folder.value);
  const doctor = await runProcess('etl', {
    env,
    logFile: path.join(folder.value, 'doctor.log'),
    args: ['doctor'],
  });
  expect(doctor).toMatchObject({ code: 0, output: expect.stringMatching(/All good\.\n$/) });
  demo.child.kill('SIGINT');
  demo.child.kill('SIGINT');
  expect(await demo.ended, demo.output()).toBe(0);
  expect(leftBehind(folder.value)).toEqual([]);
});
