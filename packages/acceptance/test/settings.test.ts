import { freePort, waitUntil } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { documentedTables, loadedTables, openSystem, post, SMALL_SAMPLE, type System } from './system.ts';

const DATE = '2024-01-15';
const EARLIER = '2024-01-14';
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

const REMEDY = 'Set the stored value here, or change what is stored: pnpm etl settings --adopt';
const DIFFERENCE = `ETL_TIMEZONE is UTC here, and Asia/Jakarta in the warehouse. ${REMEDY}`;

it('the first worker stores the settings of figures, and workers with others wait until `etl settings --adopt` stores theirs', async () => {
  await system.startWorker();
  await waitUntil(
    async () => (await system.etl('settings')).output.includes('Asia/Jakarta  Asia/Jakarta'),
    'the first worker to store its settings',
  );
  const port = await freePort();
  const wrong = await system.startWorker({ ...WRONG, ETL_WORKER_PORT: String(port) });
  const others = await system.startWorker({ ETL_STUDENT_ROLE_IDS: '4,5' });
  await waitUntil(async () => wrong.output().includes(DIFFERENCE), 'the worker with another zone to say so');
  await waitUntil(
    async () => others.output().includes('ETL_STUDENT_ROLE_IDS is 4,5 here, and 5 in the warehouse'),
    'the worker with other roles to say so',
  );
  const readiness = async () =>
    (await (await fetch(`http://127.0.0.1:${port}/health/ready`)).json()) as {
      status: boolean;
      error?: string;
    };
  expect(await readiness()).toEqual({ status: false, error: DIFFERENCE });

  const gateway = await system.startGateway();
  for (const date of [EARLIER, DATE]) {
    expect((await system.call('run_pipeline', post({ date }))).code).toBe(202);
    expect(await system.runEnd(date)).toBe('completed');
    expect(await loadedTables(system, date)).toEqual(await documentedTables(system, date, '+07:00'));
  }
  for (const worker of [wrong, others]) expect(worker.output()).not.toContain('batch completed');
  await gateway.end('SIGTERM');

  // From here on the gateway and the commands use another zone.
  Object.assign(system.env, WRONG);
  const refused = { code: 3, output: expect.stringContaining(DIFFERENCE) };
  expect(await system.etl('pipeline', DATE)).toEqual(refused);
  expect(await system.etl('backfill', EARLIER, DATE)).toEqual(refused);
  expect(await system.etl('settings')).toEqual(refused);
  const doctor = await system.etl('doctor');
  expect(doctor.output).toContain('settings: ETL_TIMEZONE is UTC here, and Asia/Jakarta in the warehouse');
  expect(doctor.code).toBe(1);
  await system.startGateway();
  const answer = {
    code: 409,
    body: expect.objectContaining({
      code: 'SETTINGS_DIFFER',
      error: DIFFERENCE,
      details: { ETL_TIMEZONE: 'ETL_TIMEZONE is UTC here, and Asia/Jakarta in the warehouse' },
    }),
  };
  expect(await system.call('run_pipeline', post({ date: DATE }))).toEqual(answer);
  expect(await system.call('run_backfill', post({ from: EARLIER, to: DATE }))).toEqual(answer);
  const ready = await fetch(new URL('/health/ready', system.api));
  expect({ code: ready.status, body: await ready.json() }).toEqual({
    code: 503,
    body: expect.objectContaining({ status: false, code: 'SETTINGS_DIFFER', error: DIFFERENCE }),
  });
  expect((await system.call(`results/${DATE}`)).code).toBe(200);

  // The waiting worker begins, the working one stops, and existing figures are marked.
  const adopted = await system.etl('settings', '--adopt');
  expect(adopted).toEqual({ code: 0, output: expect.stringContaining('Later runs use these settings') });
  await waitUntil(async () => (await readiness()).status, 'the worker with the newly stored zone to begin');
  expect((await system.etl('pipeline', DATE)).code).toBe(0);
  expect(await loadedTables(system, DATE)).toEqual(await documentedTables(system, DATE));
  expect(await loadedTables(system, EARLIER)).toEqual(await documentedTables(system, EARLIER, '+07:00'));
  expect((await system.call(`results/${DATE}`)).body).toMatchObject({ settings_differ: false });
  expect((await system.call(`results/${EARLIER}`)).body).toMatchObject({ settings_differ: true });
  expect((await system.call(`status?date=${EARLIER}`)).body).toMatchObject({
    data: { settings_differ: true },
  });
  expect((await system.call(`summary?from=${EARLIER}&to=${DATE}`)).body).toMatchObject({
    settings_differ_dates: [EARLIER],
  });
});

it('a running worker whose settings were replaced takes no more jobs', async () => {
  const first = await system.startWorker();
  await waitUntil(async () => first.output().includes('this worker takes jobs'), 'the worker to begin');
  Object.assign(system.env, RIGHT);
  expect((await system.etl('settings', '--adopt', '--json')).code).toBe(0);
  await waitUntil(async () => first.output().includes('this worker takes no jobs'), 'the worker to stop');
  expect((await system.etl('pipeline', DATE)).code).toBe(0);
  expect(first.output()).not.toContain('batch completed');
  expect(await loadedTables(system, DATE)).toEqual(await documentedTables(system, DATE, '+07:00'));
});
