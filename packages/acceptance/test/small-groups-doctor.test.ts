import { waitUntil } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openSystem, post, SMALL_SAMPLE, type System } from './system.ts';

const DATE = '2024-01-15';
const BELOW = 20;

let system: System;

beforeAll(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    {
      sample: { ...SMALL_SAMPLE, courses: 20, rowsPerDay: 60 },
      env: { ETL_SUPPRESS_BELOW: String(BELOW) },
    },
  );
  const worker = await system.startWorker();
  await system.startGateway();
  expect((await system.call('run_pipeline', post({ date: DATE }))).code).toBe(202);
  expect(await system.runEnd(DATE)).toBe('completed');
  await worker.end('SIGTERM');
});

afterAll(() => system?.close());

it('the command line withholds no small group, and its answers say so', async () => {
  const rows = await system.rows('SELECT num_students FROM user_activity_etl WHERE extraction_date = ?', [
    DATE,
  ]);
  expect(rows.filter(({ num_students }) => Number(num_students) < BELOW)).not.toEqual([]);
  for (const [call, ...dates] of [
    ['results', DATE],
    ['summary', DATE, DATE],
    ['courses', DATE, DATE],
  ] as const) {
    const answer = JSON.parse((await system.etl(call, ...dates, '--json')).output);
    expect(answer.withheld_courses, call).toBe(0);
    expect(answer.data, call).toHaveLength(rows.length);
  }
});

it('the doctor says that the newest merge had another ETL_SUPPRESS_BELOW, until a worker builds its roll-ups again', async () => {
  expect((await system.etl('doctor')).output).toContain(`small groups: below ${BELOW} students`);
  // From here on the commands, and the worker that starts, have another value.
  Object.assign(system.env, { ETL_SUPPRESS_BELOW: '8' });
  const doctor = await system.etl('doctor');
  expect(doctor.output).toMatch(
    /warning +small groups: ETL_SUPPRESS_BELOW is 8 here, and 20 where the newest date was merged/,
  );
  expect(doctor.code).toBe(0);
  await system.startWorker();
  await waitUntil(
    async () => (await system.etl('doctor')).output.includes('small groups: below 8 students'),
    'the worker to build the roll-ups again',
    { seconds: 120, everyMs: 1000 },
  );
  Object.assign(system.env, { ETL_SUPPRESS_BELOW: '0' });
  expect((await system.etl('doctor')).output).toContain('small groups: none are withheld');
});
