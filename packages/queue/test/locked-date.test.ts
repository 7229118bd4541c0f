import path from 'node:path';
import { type DatabaseServer, type Scratch, scratchFolder, startDatabase } from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { reconcileDates, restoreOrphanedRuns } from '../src/index.ts';
import { type Harness, openHarness } from './support.ts';

// A server of its own: its lock wait timeout is a setting of the whole server.
let folder: Scratch<string>;
let server: DatabaseServer;
let harness: Harness;

beforeAll(async () => {
  folder = scratchFolder();
  server = await startDatabase({
    folder: path.join(folder.value, 'server'),
    args: ['--innodb-lock-wait-timeout=1', '--innodb-buffer-pool-size=32M'],
  });
  harness = await openHarness(
    { mysqlUrl: server.url, redisUrl: inject('redisUrl') },
    { startWorkers: false },
  );
});

afterAll(async () => {
  await harness?.close();
  await server?.stop();
  await folder?.remove();
});

/** Runs something while another session holds the locks of `statement`. */
async function whileLocked(statement: ReturnType<typeof sql>, work: () => Promise<void>): Promise<void> {
  const holder = await harness.warehouse.startTransaction().execute();
  await statement.execute(holder);
  try {
    await work();
  } finally {
    await holder.rollback().execute();
  }
}

const dates = async () => {
  const rows = await harness.warehouse
    .selectFrom('log_scheduler')
    .select('extraction_date')
    .where('batch_name', '=', 'main_etl')
    .where('extraction_date', '<', '2024-02-01')
    .orderBy('extraction_date')
    .execute();
  return rows.map(({ extraction_date }) => extraction_date);
};

it('a locked run keeps no other run from being restored', async () => {
  const first = await harness.start('pipeline', '2024-02-01');
  const second = await harness.start('pipeline', '2024-02-02');
  for (const queue of Object.values(harness.queues.byBatch)) await queue.obliterate({ force: true });
  await sql`UPDATE log_scheduler SET lease_until = NOW(3) - INTERVAL 1 SECOND WHERE active_key IS NOT NULL`.execute(
    harness.warehouse,
  );
  await whileLocked(sql`SELECT id FROM log_scheduler WHERE run_id = ${first.runId} FOR UPDATE`, async () => {
    await expect(restoreOrphanedRuns(harness.control)).rejects.toMatchObject({ errno: 1205 });
    harness.startWorkers();
    expect((await harness.ended(second.runId))?.status).toBe('completed');
  });
  await restoreOrphanedRuns(harness.control);
  expect((await harness.ended(first.runId))?.status).toBe('completed');
});

it('a locked date keeps no other date from being run, and the next tick runs it', async () => {
  const now = new Date('2024-01-19T03:00:00Z');
  const control = {
    ...harness.control,
    now: () => now,
    config: { ...harness.control.config, ETL_SCHEDULE: '0 2 * * *', ETL_CATCH_UP_DAYS: 7 },
    countLogRows: async () => 0,
  };
  const first = await harness.start('pipeline', '2024-01-15');
  await harness.ended(first.runId);
  const locked = sql`INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date,
      end_date, trigger_type, requested_by, details, active_key)
    VALUES ('frozen', 'frozen', 'activity_counts', '2024-01-16', 1, 4, NOW(), NOW(), 'api', 'frozen', '{}',
      'activity_counts|2024-01-16')`;
  await whileLocked(locked, async () => {
    await expect(reconcileDates(control, 'hourly', now)).rejects.toMatchObject({ errno: 1205 });
    expect(await dates()).toEqual(['2024-01-15', '2024-01-17', '2024-01-18']);
  });
  await reconcileDates(control, 'hourly', now);
  expect(await dates()).toEqual(['2024-01-15', '2024-01-16', '2024-01-17', '2024-01-18']);
});
