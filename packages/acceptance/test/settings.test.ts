import { freePort, waitUntil } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { documentedTables, loadedTables, openSystem, post, SMALL_SAMPLE, type System } from './system.ts';

const DATE = '2024-01-15';
const RIGHT = { ETL_TIMEZONE: 'Asia/Jakarta' };
const WRONG = { ETL_TIMEZONE: 'UTC' };

let system: System;

beforeAll(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { sample: { ...SMALL_SAMPLE, timeZone: RIGHT.ETL_TIMEZONE }, env: RIGHT },
  );
});

afterAll(() => system?.close());

const DIFFERENCE =
  'ETL_TIMEZONE is UTC here, and Asia/Jakarta in the workers that run: set it alike everywhere, and start again';

it('a worker, a gateway or a command that would make other figures than the workers that run makes none', async () => {
  const right = await system.startWorker();
  await waitUntil(
    async () => (await system.etl('doctor')).output.includes('workers: there is one for each batch'),
    'the right worker to run',
  );
  const port = await freePort();
  const wrong = await system.startWorker({ ...WRONG, ETL_WORKER_PORT: String(port) });
  const others = await system.startWorker({ ETL_STUDENT_ROLE_IDS: '4,5' });
  await waitUntil(async () => wrong.output().includes(DIFFERENCE), 'the wrong worker to say so');
  await waitUntil(
    async () => others.output().includes('ETL_STUDENT_ROLE_IDS is 4,5 here, and 5 in the workers that run'),
    'the other one to say so',
  );
  const readiness = async () =>
    (await (await fetch(`http://127.0.0.1:${port}/health/ready`)).json()) as {
      status: boolean;
      error?: string;
    };
  expect(await readiness()).toEqual({ status: false, error: DIFFERENCE });

  await system.startGateway();
  expect((await system.call('run_pipeline', post({ date: DATE }))).code).toBe(202);
  expect(await system.runEnd(DATE)).toBe('completed');
  expect(await loadedTables(system, DATE)).toEqual(await documentedTables(system, DATE, '+07:00'));
  for (const worker of [wrong, others]) expect(worker.output()).not.toContain('batch completed');

  Object.assign(system.env, WRONG);
  const { code, output } = await system.etl('pipeline', DATE);
  expect({ code, output }).toEqual({ code: 1, output: expect.stringContaining(DIFFERENCE) });
  expect((await system.etl('doctor')).output).toContain(`workers: ${DIFFERENCE}`);

  // Whoever means to change it ends the others: three leases later they are forgotten.
  await Promise.all([right.end('SIGTERM'), others.end('SIGTERM')]);
  await waitUntil(async () => (await readiness()).status, 'the last worker to begin');
  const ready = await fetch(new URL('/health/ready', system.api));
  expect(await ready.json()).toMatchObject({
    code: 'QUEUE_UNAVAILABLE',
    error:
      'ETL_TIMEZONE is Asia/Jakarta here, and UTC in the workers that run: set it alike everywhere, and start again',
  });
  expect((await system.etl('pipeline', DATE)).code).toBe(0);
  expect(await loadedTables(system, DATE)).toEqual(await documentedTables(system, DATE));
});
