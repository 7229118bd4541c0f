import { waitUntil } from '@etl/local-stack';
import { afterEach, expect, inject, it } from 'vitest';
import { documentedTables, loadedTables, openSystem, SMALL_SAMPLE, type System } from './system.ts';

/** A tick every few seconds. */
const EVERY_FEW_SECONDS = '*/3 * * * * *';

let system: System | undefined;

afterEach(() => system?.close());

it('a worker extracts today again and again, and keeps only the rows of the newest live run', async () => {
  const today = Temporal.Now.plainDateISO('UTC').toString();
  const opened = await openSystem(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { sample: { ...SMALL_SAMPLE, dates: [today] }, env: { ETL_LIVE_SCHEDULE: EVERY_FEW_SECONDS } },
  );
  system = opened;
  await opened.startWorker();
  const seen = new Set<string>();
  const live = () =>
    opened.rows(
      `SELECT run_id, batch_name, extraction_date AS date, status, details FROM log_scheduler
       WHERE trigger_type = 'live' ORDER BY id`,
    );
  await waitUntil(async () => {
    for (const { run_id, batch_name, status } of await live()) {
      if (batch_name === 'main_etl' && status === 1) seen.add(String(run_id));
    }
    return seen.size >= 3;
  }, 'three live runs');
  // The newest completed run, and one that the next tick may have started.
  await waitUntil(async () => (await live()).length <= 6, 'the older rows to be deleted');
  const merged = (await live()).find(({ batch_name, status }) => batch_name === 'main_etl' && status === 1);
  expect(JSON.parse(String(merged?.details))).toMatchObject({ provisional: true });
  // The sample's log does not change: every run loads the same figures.
  const documented = await documentedTables(opened, today);
  expect(documented.user_activity_etl.length).toBeGreaterThan(20);
  expect(await loadedTables(opened, today)).toEqual(documented);
});
