import { EtlError } from '@etl/core';
import { dateRecords, type RecordedFailure } from '@etl/warehouse';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { startRun } from '../src/index.ts';
import { DATE, type Harness, openHarness } from './support.ts';

let harness: Harness;

beforeEach(async () => {
  harness = await openHarness(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { startWorkers: false },
  );
});

afterEach(() => harness?.close());

const codes = async (): Promise<RecordedFailure['code'][]> => {
  const record = (await dateRecords(harness.warehouse, [DATE])).get(DATE);
  return record?.newestRun.failures.map(({ code }) => code) ?? [];
};

it('a batch that fails of a documented error has the code of that error, and the merge that waits for it COUNTS_FAILED', async () => {
  harness.work.activity_counts = async () => {
    throw new EtlError('SOURCE_PURGED');
  };
  harness.startWorkers();
  const { runId } = await harness.start();
  await harness.ended(runId);
  expect(await codes()).toEqual(['SOURCE_PURGED', 'COUNTS_FAILED']);
});

it('a batch that fails of any other error has the code ERROR', async () => {
  harness.work.user_counts = async () => {
    throw new Error('A column is missing');
  };
  harness.startWorkers();
  const { runId } = await harness.start('user_counts');
  await harness.ended(runId);
  expect(await codes()).toEqual(['ERROR']);
});

it.each([
  ['after its window has closed', '2024-01-17T00:00:00Z', 'ETL_WINDOW_EXPIRED'],
  ['before its day has ended', '2024-01-15T23:59:59Z', 'DAY_NOT_OVER'],
] as const)('a scheduled run whose first batch is claimed %s has the code of that', async (_, time, code) => {
  const { control } = harness;
  control.now = () => new Date('2024-01-16T02:00:00Z');
  const run = { kind: 'pipeline', date: DATE, trigger: 'schedule', requestedBy: 'schedule' } as const;
  const { runId } = await startRun(control, run);
  control.now = () => new Date(time);
  harness.startWorkers();
  await harness.ended(runId);
  expect(await codes()).toEqual([code, code, code]);
});
