import path from 'node:path';
import { startProcess, waitUntil } from '@etl/local-stack';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openSystem, type System } from './system.ts';

const [FIRST, SECOND, THIRD] = ['2024-01-13', '2024-01-14', '2024-01-15'] as const;

let system: System;

// No worker runs: the test ends each day.
beforeAll(async () => {
  system = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { sample: 'empty' },
  );
});

afterAll(() => system?.close());

/** Ends the active batches of a date. */
const end = (date: string, status: 1 | 3, why: string | null = null) =>
  system.rows(
    `UPDATE log_scheduler SET status = ?, active_key = NULL, finished_at = NOW(3),
       error_details = IF(batch_name = 'activity_counts', ?, NULL) WHERE extraction_date = ? AND active_key IS NOT NULL`,
    [status, why, date],
  );

function follow(...args: string[]) {
  return startProcess('etl', {
    env: system.env,
    logFile: path.join(system.folder, 'backfill.log'),
    args: ['backfill', FIRST, THIRD, ...args],
  });
}

it('a followed backfill prints each day when it ends, says why one failed, and exits with 1', async () => {
  const command = follow();
  const ended = () => command.output().match(/^Run .*$/gm) ?? [];
  await waitUntil(async () => command.output().includes(`${THIRD} queued: run `), 'the runs to be queued');

  await end(SECOND, 1);
  await waitUntil(async () => ended().length === 1, 'the first line');
  await end(THIRD, 3, 'A table is missing');
  await waitUntil(async () => ended().length === 2, 'the second line');
  await end(FIRST, 1);
  expect(await command.ended).toBe(1);

  expect(ended()).toEqual([
    expect.stringMatching(`^Run [0-9a-f-]{36} of ${SECOND} completed$`),
    expect.stringMatching(`^Run [0-9a-f-]{36} of ${THIRD} failed$`),
    expect.stringMatching(`^Run [0-9a-f-]{36} of ${FIRST} completed$`),
  ]);
  expect(command.output()).toMatch(new RegExp(`of ${THIRD} failed\n  activity_counts: A table is missing\n`));
});

it('days that end at the same moment are printed in the order in which they ended', async () => {
  const command = follow();
  await waitUntil(async () => command.output().includes(`${THIRD} queued: run `), 'the runs to be queued');
  await system.rows(
    `UPDATE log_scheduler SET status = 1, active_key = NULL,
       finished_at = NOW(3) - INTERVAL CASE extraction_date WHEN ? THEN 1 WHEN ? THEN 3 ELSE 2 END SECOND
     WHERE active_key IS NOT NULL`,
    [FIRST, SECOND],
  );
  expect(await command.ended).toBe(0);
  const dates = [...command.output().matchAll(/^Run .* of (\S+) completed$/gm)].map(([, date]) => date);
  expect(dates).toEqual([SECOND, THIRD, FIRST]);
});

it('a backfill of which no day can be started exits with 3', async () => {
  const command = follow('--detach');
  expect(await command.ended).toBe(0);
  const { code, output } = await system.etl('backfill', FIRST, THIRD);
  expect(code).toBe(3);
  expect(output.match(/skipped: ETL process is already running/g)).toHaveLength(3);
});
