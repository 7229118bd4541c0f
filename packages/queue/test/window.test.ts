import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { retryRun, startRun } from '../src/index.ts';
import { DATE, type Harness, openHarness } from './support.ts';

let harness: Harness;
let { warehouse, control, work, ran, ended, startWorkers } = {} as Harness;

beforeEach(async () => {
  harness = await openHarness(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { startWorkers: false },
  );
  ({ warehouse, control, work, ran, ended, startWorkers } = harness);
});

afterEach(() => harness?.close());

describe('a scheduled run', () => {
  const scheduled = { kind: 'pipeline', date: DATE, trigger: 'schedule', requestedBy: 'schedule' } as const;

  it('a scheduled run whose window has closed is recorded as expired, and cannot be retried', async () => {
    const late = { ...control, now: () => new Date('2024-01-17T00:00:00Z') };
    await expect(startRun(late, scheduled)).rejects.toMatchObject({ code: 'ETL_WINDOW_EXPIRED' });
    const rows = await warehouse.selectFrom('log_scheduler').selectAll().execute();
    expect(rows).toHaveLength(3);
    for (const row of rows) {
      expect(row).toMatchObject({
        status: 3,
        error_details: 'ETL time window expired',
        active_key: null,
        attempt: 0,
        finished_at: expect.any(String),
      });
    }
    const runId = rows[0]?.run_id as string;
    await expect(retryRun(late, { runId, requestedBy: 'jane' })).rejects.toThrow('ETL time window expired');
  });

  it('a scheduled run expires if its window closes before its first batch starts, and not after that', async () => {
    control.now = () => new Date('2024-01-16T02:00:00Z');
    const run = await startRun(control, scheduled);
    control.now = () => new Date('2024-01-17T00:00:00Z');
    startWorkers();
    expect((await ended(run.runId))?.rows).toMatchObject(
      [1, 2, 3].map(() => ({
        status: 3,
        attempt: 0,
        active_key: null,
        error_details: 'ETL time window expired',
      })),
    );
    expect(ran).toEqual([]);

    control.now = () => new Date('2024-01-16T02:00:00Z');
    work.user_counts = async () => {
      control.now = () => new Date('2024-01-17T00:00:00Z');
      return { numrow: 1, findings: {}, load: async () => {} };
    };
    const begun = await startRun(control, scheduled);
    expect((await ended(begun.runId))?.status).toBe('completed');
  });

  it('a scheduled run can start until the last second of its window', async () => {
    control.now = () => new Date('2024-01-16T23:59:59Z');
    const run = await startRun(control, scheduled);
    startWorkers();
    expect((await ended(run.runId))?.status).toBe('completed');
  });
});
