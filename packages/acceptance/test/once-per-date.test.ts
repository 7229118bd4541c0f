import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openSystem, post, type System } from './system.ts';

const DATE = '2024-01-15';
const CALLERS = 100;

let system: System;

beforeAll(async () => {
  system = await openSystem({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  await system.startGateway();
});

afterAll(() => system?.close());

it(`of ${CALLERS} callers at once one starts the run, and the others get 409`, async () => {
  // No worker runs yet: the run cannot end before the last call.
  const answers = await Promise.all(
    Array.from({ length: CALLERS }, () => system.call('run_pipeline', post({ date: DATE }))),
  );
  const accepted = answers.filter(({ code }) => code === 202);
  const refused = answers.filter(({ code }) => code === 409);
  expect([accepted.length, refused.length]).toEqual([1, CALLERS - 1]);
  for (const { body } of refused) {
    expect(body).toMatchObject({
      status: false,
      error: 'ETL process is already running',
      code: 'ETL_ALREADY_RUNNING',
    });
  }
  expect(await system.rows('SELECT batch_name, status FROM log_scheduler ORDER BY id')).toEqual([
    { batch_name: 'activity_counts', status: 4 },
    { batch_name: 'user_counts', status: 4 },
    { batch_name: 'main_etl', status: 4 },
  ]);
  // A single batch of the date is refused too, another date is not.
  expect((await system.call('run_user_counts', post({ date: DATE }))).code).toBe(409);
  expect((await system.call('run_user_counts', post({ date: '2024-01-14' }))).code).toBe(202);

  await system.startWorker();
  expect(await system.runEnd(DATE)).toBe('completed');
  expect((await system.call('run_pipeline', post({ date: DATE }))).code).toBe(202);
});
