import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { loadedTables, openSystem, post, SMALL_SAMPLE, type System } from './system.ts';

const KILLS = 20;
/** Enough runs at once to keep both workers busy when one of them is killed. */
const DATES = SMALL_SAMPLE.dates;

let system: System;

beforeAll(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    // A few rows in a page: the worker can die in any of many steps.
    { env: { ETL_BATCH_SIZE: '2', ETL_MERGE_BATCH_SIZE: '2' } },
  );
  await system.startGateway();
});

afterAll(() => system?.close());

async function startRuns(): Promise<void> {
  const answers = await Promise.all(DATES.map((date) => system.call('run_pipeline', post({ date }))));
  expect(answers.map(({ code }) => code)).toEqual(DATES.map(() => 202));
}

async function loaded() {
  const tables = [];
  for (const date of DATES) tables.push(await loadedTables(system, date));
  return tables;
}

it(`every run completes once with correct figures although a worker is killed ${KILLS} times`, async () => {
  await system.startWorker();
  const began = performance.now();
  await startRuns();
  for (const date of DATES) expect(await system.runEnd(date)).toBe('completed');
  // Two workers need about half the time of one: a kill falls anywhere in it.
  const latestKill = (performance.now() - began) / 2;
  const undisturbed = await loaded();
  expect(undisturbed.every(({ user_activity_etl }) => (user_activity_etl?.length ?? 0) > 20)).toBe(true);

  let hits = 0;
  for (let round = 1; round <= KILLS; round++) {
    const victim = await system.startWorker();
    const [last] = await system.rows('SELECT MAX(id) AS id FROM log_scheduler');
    const moment = Math.random() * latestKill;
    await startRuns();
    await after(moment);
    await victim.end('SIGKILL');
    for (const date of DATES) {
      expect(await system.runEnd(date), `round ${round}, killed after ${moment} ms`).toBe('completed');
    }
    expect(await loaded()).toEqual(undisturbed);
    const [repeated] = await system.rows(
      'SELECT COUNT(*) AS batches FROM log_scheduler WHERE id > ? AND attempt > 1',
      [last?.id],
    );
    if (repeated?.batches > 0) hits += 1;
  }
  const rows = await system.rows('SELECT status, active_key FROM log_scheduler');
  expect(rows).toHaveLength(3 * DATES.length * (KILLS + 1));
  expect(rows.every(({ status, active_key }) => status === 1 && active_key === null)).toBe(true);
  // A kill that hits no batch proves nothing. How many hit one depends on the machine's other work.
  expect(hits, 'kills that interrupted a batch').toBeGreaterThan(0);
  process.stdout.write(`${hits} of ${KILLS} kills interrupted a batch\n`);
});
