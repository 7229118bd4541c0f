import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { dependencyChecks } from '../src/checks/dependencies.ts';
import { workerCheck } from '../src/checks/workers.ts';

const LASTING_MS = 24_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
});

afterEach(() => {
  vi.useRealTimers();
});

it('a server that does not answer fires after two leases, with the reason behind the error', async () => {
  const check = dependencyChecks(
    [
      {
        cause: 'queue',
        name: 'Redis',
        ping: () => Promise.reject(new Error('no queue', { cause: new Error('ECONNREFUSED') })),
      },
      { cause: 'database', name: 'The warehouse', ping: async () => {} },
    ],
    LASTING_MS,
  );
  const first = await check();
  expect(first).toEqual({
    checks: [{ cause: 'database', isFiring: false }],
    answering: new Set(['database']),
  });
  vi.advanceTimersByTime(LASTING_MS);
  const { checks } = await check();
  expect(checks[0]).toEqual({
    cause: 'queue',
    isFiring: true,
    message: 'Redis does not answer: ECONNREFUSED',
  });
});

it('a server that answers in between is unreachable anew', async () => {
  const errors = [new Error('down'), undefined, new Error('down')];
  const check = dependencyChecks(
    [
      {
        cause: 'moodle',
        name: 'Moodle',
        ping: async () => {
          const error = errors.shift();
          if (error) throw error;
        },
      },
    ],
    LASTING_MS,
  );
  await check();
  await check();
  vi.advanceTimersByTime(LASTING_MS);
  expect((await check()).checks).toEqual([]);
});

it('a silent server gets one ping, however many checks there are', async () => {
  const ping = vi.fn(() => new Promise<void>(() => {}));
  const check = dependencyChecks([{ cause: 'moodle', name: 'Moodle', ping }], LASTING_MS);
  for (let round = 0; round < 3; round++) {
    const checked = check();
    await vi.advanceTimersByTimeAsync(2000);
    expect((await checked).answering.size).toBe(0);
  }
  expect(ping).toHaveBeenCalledTimes(1);
});

it('a batch without a worker fires after two leases and names the batch', async () => {
  const check = workerCheck(
    { workers: async () => ({ activity_counts: 1, user_counts: 0, main_etl: 1 }) },
    LASTING_MS,
  );
  expect(await check()).toEqual([]);
  vi.advanceTimersByTime(LASTING_MS);
  expect(await check()).toEqual([
    {
      cause: 'workers',
      isFiring: true,
      message: 'There is no worker for user_counts: nothing of it is run until one is started',
    },
  ]);
});

it('workers are not checked while Redis does not answer', async () => {
  const check = workerCheck({ workers: () => Promise.reject(new Error('down')) }, LASTING_MS);
  expect(await check()).toEqual([]);
});
