import { randomBytes } from 'node:crypto';
import { datesBetween, newestDueDate } from '@etl/core';
import { randomOf, waitUntil } from '@etl/local-stack';
import { adoptSettings, storeMissingSettings } from '@etl/warehouse';
import { afterEach, expect, inject, it } from 'vitest';
import { type CalendarControl, reconcileDates } from '../src/index.ts';
import { type Harness, openHarness } from './support.ts';

const HOUR_MS = 3_600_000;
const SCHEDULE = '0 2 * * *';

let harness: Harness;

afterEach(() => harness?.close());

interface Month {
  timeZone: string;
  from: string;
  to: string;
  /** No process runs from the first instant to the second. */
  outages: [from: string, to: string][];
  /** The activity counts of these dates fail until this instant. */
  faulty?: { dates: string[]; until: string };
  /** From this instant on the institution has another time zone. */
  moved?: { at: string; timeZone: string };
}

/**
 * Lives through a month hour by hour: the nightly tick and the hourly one as the schedule has them, and the
 * reconciling at the start after every outage. Queue, workers, warehouse and the rules are the real ones; only the
 * clock is not.
 */
async function live(month: Month): Promise<{ now: Date }> {
  let now = new Date(month.from);
  let timeZone = month.timeZone;
  harness = await openHarness(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { timeZone: month.timeZone },
  );
  await storeMissingSettings(harness.warehouse, harness.settings);
  harness.control.now = () => now;
  harness.work.activity_counts = async ({ day }) => {
    const { dates, until } = month.faulty ?? { dates: [], until: month.from };
    if (dates.includes(day.date) && now < new Date(until)) {
      throw Object.assign(new Error('unknown column'), { errno: 1054 });
    }
    return { numrow: 1, findings: {}, load: async () => {} };
  };
  let wasOut = true;
  for (; now < new Date(month.to); now = new Date(now.getTime() + HOUR_MS)) {
    if (month.moved && now >= new Date(month.moved.at) && timeZone !== month.moved.timeZone) {
      timeZone = month.moved.timeZone;
      await adoptSettings(harness.warehouse, { ...harness.control.config, ETL_TIMEZONE: timeZone }, 'test');
      harness.settings.ETL_TIMEZONE = timeZone;
    }
    const control: CalendarControl = {
      ...harness.control,
      config: {
        ...harness.control.config,
        ETL_TIMEZONE: timeZone,
        ETL_SCHEDULE: SCHEDULE,
        ETL_CATCH_UP_DAYS: 7,
      },
      countLogRows: async () => 0,
    };
    if (month.outages.some(([from, to]) => now >= new Date(from) && now < new Date(to))) {
      wasOut = true;
      continue;
    }
    const instant = now.toISOString();
    const isTick = Temporal.Instant.from(instant).toZonedDateTimeISO(timeZone).hour === 2;
    // As in production: at two the hourly tick and the nightly one come together.
    const ticks = wasOut
      ? (['start'] as const)
      : isTick
        ? (['hourly', 'nightly'] as const)
        : (['hourly'] as const);
    await Promise.all(ticks.map((tick) => reconcileDates(control, tick, now)));
    wasOut = false;
    await waitUntil(async () => (await active()).length === 0, `the runs of ${instant} to end`);
  }
  return { now };
}

const active = () =>
  harness.warehouse.selectFrom('log_scheduler').select('id').where('active_key', 'is not', null).execute();

/** How the merges of each date ended, in the order of their starts. */
async function history(): Promise<Map<string, string[]>> {
  const rows = await harness.warehouse
    .selectFrom('log_scheduler')
    .select(['extraction_date', 'status', 'trigger_type', 'error_details'])
    .where('batch_name', '=', 'main_etl')
    .orderBy('id')
    .execute();
  const byDate = new Map<string, string[]>();
  for (const { extraction_date: date, status, trigger_type, error_details } of rows) {
    const end = status === 1 ? `completed by ${trigger_type}` : `${trigger_type}: ${error_details}`;
    byDate.set(date, [...(byDate.get(date) ?? []), end]);
  }
  return byDate;
}

const EXPIRED = 'schedule: ETL time window expired';
const CAUGHT_UP = [EXPIRED, 'completed by catch_up'];
const ON_TIME = ['completed by schedule'];

it('a month with outages, a fault, a change of the clocks and a change of the zone loses no day', async () => {
  const { now } = await live({
    timeZone: 'Europe/Berlin',
    from: '2024-03-14T23:00:00Z',
    to: '2024-04-20T12:00:00Z',
    outages: [
      // Over one tick; over two days; over the night when the clocks change; longer than the catch-up days.
      ['2024-03-18T22:00:00Z', '2024-03-19T09:00:00Z'],
      ['2024-03-22T00:00:00Z', '2024-03-24T15:00:00Z'],
      ['2024-03-31T00:00:00Z', '2024-03-31T06:00:00Z'],
      ['2024-04-02T12:00:00Z', '2024-04-13T12:00:00Z'],
    ],
    faulty: { dates: ['2024-03-26'], until: '2024-03-28T10:30:00Z' },
    moved: { at: '2024-04-16T12:00:00Z', timeZone: 'Asia/Jakarta' },
  });
  const ended = await history();
  expect(newestDueDate(SCHEDULE, 'Asia/Jakarta', now)).toBe('2024-04-19');
  const expected = new Map(datesBetween('2024-03-14', '2024-04-19').map((date) => [date, ON_TIME]));
  // Its window had closed when the outage ended. The window of the next date had not.
  for (const date of ['2024-03-21', '2024-03-22']) expected.set(date, CAUGHT_UP);
  // It failed in its window, was retried every hour, caught up after the window, and retried until the fault ended.
  expected.set('2024-03-26', ['schedule: Not started: activity_counts failed', 'completed by catch_up']);
  for (const date of datesBetween('2024-04-02', '2024-04-04')) expected.set(date, [EXPIRED]);
  for (const date of datesBetween('2024-04-05', '2024-04-11')) expected.set(date, CAUGHT_UP);
  expect(ended).toEqual(expected);
});

/** `MONTH_SEED` replays the same months. */
const SEED = process.env.MONTH_SEED ?? randomBytes(4).toString('hex');

it(`random months lose no day, and run none twice (MONTH_SEED=${SEED})`, async () => {
  const chance = randomOf(SEED);
  const random = (below: number) => chance.int(0, below - 1);
  for (let round = 1; round <= 3; round++) {
    const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Jakarta'];
    const begin = Date.UTC(2024, random(12), 1);
    const instant = (hours: number) => new Date(begin + hours * HOUR_MS).toISOString();
    const outages = Array.from({ length: 5 }, (): [string, string] => {
      const hour = 24 + random(24 * 28);
      return [instant(hour), instant(hour + 1 + random(random(2) ? 12 : 24 * 12))];
    });
    const month = { timeZone: zones[random(4)] as string, from: instant(0), to: instant(24 * 30), outages };
    const said = JSON.stringify(month);
    const { now } = await live(month);
    const ended = await history();
    const newest = newestDueDate(SCHEDULE, month.timeZone, new Date(now.getTime() - HOUR_MS));
    const isOutAtTheEnd = outages.some(([, to]) => new Date(to) >= now);
    const [first = newest] = [...ended.keys()].toSorted();
    for (const date of isOutAtTheEnd ? [] : datesBetween(first, newest)) {
      expect([ON_TIME, CAUGHT_UP, [EXPIRED]], `${date} in ${said}`).toContainEqual(ended.get(date));
    }
    await harness.close();
  }
});

it('the first date is the first that completed, by any trigger, and before that a start of a worker runs nothing', async () => {
  harness = await openHarness({ mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') });
  const reconcile = async (tick: 'start' | 'hourly' | 'nightly', now: string, catchUpDays = 7) => {
    const control: CalendarControl = {
      ...harness.control,
      config: { ...harness.control.config, ETL_SCHEDULE: SCHEDULE, ETL_CATCH_UP_DAYS: catchUpDays },
      countLogRows: async () => 0,
    };
    harness.control.now = () => new Date(now);
    await reconcileDates(control, tick, new Date(now));
    await waitUntil(async () => (await active()).length === 0, 'the runs to end');
    return Object.fromEntries(await history());
  };
  expect(await reconcile('start', '2024-01-10T12:00:00Z')).toEqual({});
  expect(await reconcile('hourly', '2024-01-10T00:30:00Z')).toEqual({});
  const run = await harness.start('pipeline', '2024-01-07');
  await harness.ended(run.runId);
  const byHand = { '2024-01-07': ['completed by api'] };
  expect(await reconcile('start', '2024-01-10T14:00:00Z', 0)).toEqual({ ...byHand, '2024-01-09': ON_TIME });
  expect(await reconcile('start', '2024-01-10T15:00:00Z')).toEqual({
    ...byHand,
    // There was no schedule yet.
    '2024-01-08': ['completed by catch_up'],
    '2024-01-09': ON_TIME,
  });
});
