import { waitUntil } from '@etl/local-stack';
import { afterEach, beforeEach, expect, inject, it } from 'vitest';
import { type CalendarControl, reconcileDates, startRun } from '../src/index.ts';
import { type Harness, openHarness } from './support.ts';

const DATE = '2024-01-15';
const NIGHT = new Date('2024-01-16T02:00:00Z');

let harness: Harness;
let control: CalendarControl;
/** The log rows that the source has of every day, or the error of a source that is unreachable. */
let found: number | Error;
/** The time zone of the days that the merges are of. */
let timeZone: string;

beforeEach(async () => {
  harness = await openHarness({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  // The merge records how many log rows its figures are made of.
  harness.work.main_etl = async () => {
    const rows = found as number;
    return { numrow: 1, findings: { log_rows: rows, time_zone: timeZone }, load: async () => {} };
  };
  harness.control.now = () => NIGHT;
  control = {
    ...harness.control,
    config: { ...harness.control.config, ETL_SCHEDULE: '0 2 * * *', ETL_CATCH_UP_DAYS: 7 },
    countLogRows: async () => {
      if (found instanceof Error) throw found;
      return found;
    },
  };
  found = 10;
  timeZone = 'UTC';
  await reconcile('nightly');
  expect(await triggers()).toEqual(['schedule']);
});

afterEach(() => harness?.close());

async function reconcile(tick: Parameters<typeof reconcileDates>[1]): Promise<void> {
  await reconcileDates(control, tick, NIGHT);
  await ended();
}

const ended = () =>
  waitUntil(
    async () =>
      (
        await harness.warehouse
          .selectFrom('log_scheduler')
          .select('id')
          .where('active_key', 'is not', null)
          .execute()
      ).length === 0,
    'the runs to end',
  );

/** The triggers of the date's merges, in their order. */
async function triggers(): Promise<string[]> {
  const rows = await harness.warehouse
    .selectFrom('log_scheduler')
    .select('trigger_type')
    .where('batch_name', '=', 'main_etl')
    .where('extraction_date', '=', DATE)
    .orderBy('id')
    .execute();
  return rows.map(({ trigger_type }) => trigger_type);
}

it('late log rows are found once, by the nightly tick and by no other', async () => {
  found = 12;
  await reconcile('hourly');
  await reconcile('start');
  expect(await triggers()).toEqual(['schedule']);
  await reconcile('nightly');
  expect(await triggers()).toEqual(['schedule', 'catch_up']);
  await reconcile('nightly');
  expect(await triggers()).toEqual(['schedule', 'catch_up']);
});

it('late log rows are found also if the hourly tick comes at the same second', async () => {
  found = 12;
  await Promise.all([reconcileDates(control, 'hourly', NIGHT), reconcileDates(control, 'nightly', NIGHT)]);
  await ended();
  expect(await triggers()).toEqual(['schedule', 'catch_up']);
});

it('a date has no late log rows if the source has fewer rows, or is unreachable', async () => {
  found = 8;
  await reconcile('nightly');
  found = new Error('the source is unreachable');
  await reconcile('nightly');
  expect(await triggers()).toEqual(['schedule']);
});

it('late log rows are found although the activity was counted again, since it is not merged yet', async () => {
  await startRun(control, { kind: 'activity_counts', date: DATE, trigger: 'api', requestedBy: 'jane' });
  await ended();
  found = 12;
  await reconcile('nightly');
  expect(await triggers()).toEqual(['schedule', 'catch_up']);
});

it('late log rows of a day of another time zone start no run: it would be another day', async () => {
  timeZone = 'Asia/Jakarta';
  found = 12;
  await reconcile('nightly');
  expect(await triggers()).toEqual(['schedule', 'catch_up']);
  found = 14;
  await reconcile('nightly');
  expect(await triggers()).toEqual(['schedule', 'catch_up']);
});
