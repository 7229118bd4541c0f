import { waitUntil } from '@etl/local-stack';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { startBackfill } from '../src/index.ts';
import { type Harness, openHarness } from './support.ts';

let harness: Harness;
let { warehouse, control, start, ended, startWorkers } = {} as Harness;

beforeEach(async () => {
  harness = await openHarness(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { startWorkers: false },
  );
  ({ warehouse, control, start, ended, startWorkers } = harness);
});

afterEach(() => harness?.close());

describe('a backfill', () => {
  it('a backfill starts a run for each date, names active dates, and refuses an invalid range', async () => {
    await start('user_counts', '2024-01-02');
    const backfill = await startBackfill(control, {
      from: '2024-01-01',
      to: '2024-01-04',
      by: 'api',
      requestedBy: 'jane',
    });
    expect(backfill.started.map(({ date }) => date)).toEqual(['2024-01-01', '2024-01-03', '2024-01-04']);
    expect(backfill.skipped).toMatchObject([{ date: '2024-01-02', error: { code: 'ETL_ALREADY_RUNNING' } }]);
    const again = await startBackfill(control, {
      from: '2024-01-01',
      to: '2024-01-04',
      by: 'api',
      requestedBy: 'jane',
    });
    expect(again.started).toEqual([]);
    expect(again.skipped).toHaveLength(4);
    for (const [from, to, why] of [
      ['2024-01-04', '2024-01-01', 'is after'],
      ['2022-01-01', '2024-01-01', 'at most'],
      ['2024-01-01', '2999-01-01', 'future'],
      ['2024-02-30', '2024-03-01', 'not a date'],
    ] as const) {
      await expect(startBackfill(control, { from, to, by: 'api', requestedBy: 'jane' })).rejects.toThrow(why);
    }
    startWorkers();
    for (const { runId } of backfill.started) expect((await ended(runId))?.status).toBe('completed');
    const rows = await warehouse.selectFrom('log_scheduler').select('trigger_type').distinct().execute();
    expect(rows.map(({ trigger_type }) => trigger_type).toSorted()).toEqual(['api', 'backfill']);
  });

  it('a backfill merges its oldest dates first, and a run that is started meanwhile precedes them', async () => {
    const merged: string[] = [];
    harness.work.main_etl = async ({ day }) => {
      merged.push(day.date);
      return { numrow: 0, findings: {}, load: async () => {} };
    };
    const [activityCounts, userCounts, mainEtl] = harness.workers;
    const backfill = await startBackfill(control, {
      from: '2024-01-01',
      to: '2024-01-06',
      by: 'api',
      requestedBy: 'jane',
    });
    void activityCounts?.run();
    void userCounts?.run();
    const merges = harness.queues.byBatch.main_etl;
    const ready = (count: number) =>
      waitUntil(
        async () => (await merges.getJobCountByTypes('prioritized', 'waiting')) === count,
        `${count} merges to be ready`,
      );
    await ready(6);
    const asked = await start('pipeline', '2024-02-01');
    await ready(7);
    void mainEtl?.run();
    for (const { runId } of [...backfill.started, asked])
      expect((await ended(runId))?.status).toBe('completed');
    expect(merged).toEqual(['2024-02-01', ...backfill.started.map(({ date }) => date)]);
  });
});
