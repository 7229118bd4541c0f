import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDays,
  datesBetween,
  dayOf,
  isCronPattern,
  isWithinWindow,
  newestDueDate,
  nextScheduledRun,
  nextTick,
} from '../src/index.ts';

const NIGHTLY = '0 2 * * *';
const at = (text: string) => new Date(text);

describe('cron patterns', () => {
  it.each(['0 2 * * *', '*/5 * * * *', '0 2 * * 1-5', '30 0 2 * * *'])('a cron pattern is %s', (pattern) => {
    expect(isCronPattern(pattern)).toBe(true);
  });
  it.each(['', 'nightly', '0 2 * *', '61 2 * * *', '0 2 * * * * *', '@daily', '0 2 30 2 *'])(
    'is not "%s"',
    (pattern) => {
      expect(isCronPattern(pattern)).toBe(false);
    },
  );
});

describe('next tick', () => {
  it('the next tick is in the time of the zone', () => {
    expect(nextTick(NIGHTLY, 'Asia/Jakarta', at('2024-01-15T00:00:00Z'))).toEqual(at('2024-01-15T19:00:00Z'));
    expect(nextTick(NIGHTLY, 'UTC', at('2024-01-15T02:00:00Z'))).toEqual(at('2024-01-16T02:00:00Z'));
  });
  it('the next tick comes once if the clocks skip its hour or repeat it', () => {
    const ticks = (from: string) => {
      const first = nextTick(NIGHTLY, 'Europe/Berlin', at(from));
      return [first, nextTick(NIGHTLY, 'Europe/Berlin', first)].map((tick) =>
        tick.toISOString().slice(0, 16),
      );
    };
    expect(ticks('2024-03-30T12:00:00Z')).toEqual(['2024-03-31T01:00', '2024-04-01T00:00']);
    expect(ticks('2024-10-26T12:00:00Z')).toEqual(['2024-10-27T00:00', '2024-10-28T01:00']);
  });
  it('the next tick is found in a night when the clocks go back by half an hour', () => {
    const tick = nextTick(NIGHTLY, 'Australia/Lord_Howe', at('2024-04-06T12:59:59Z'));
    expect(tick).toEqual(at('2024-04-06T15:30:00Z'));
  });
  it('the next tick is undefined if there is no schedule', () => {
    expect(nextScheduledRun({ ETL_SCHEDULE: null, ETL_TIMEZONE: 'UTC' }, new Date())).toBeUndefined();
    expect(
      nextScheduledRun({ ETL_SCHEDULE: NIGHTLY, ETL_TIMEZONE: 'UTC' }, at('2024-01-15T12:00:00Z')),
    ).toEqual(at('2024-01-16T02:00:00Z'));
  });
});

describe('newest date that is due', () => {
  it.each([
    ['2024-01-16T01:59:59Z', '2024-01-14'],
    ['2024-01-16T02:00:00Z', '2024-01-15'],
    ['2024-01-16T23:59:59Z', '2024-01-15'],
    ['2024-01-17T00:00:00Z', '2024-01-15'],
  ])('the newest date that is due at %s in UTC is %s', (now, date) => {
    expect(newestDueDate(NIGHTLY, 'UTC', at(now))).toBe(date);
  });
  it('the newest date that is due is yesterday from the tick on, also in a night when the clocks skip its hour', () => {
    expect(newestDueDate(NIGHTLY, 'Europe/Berlin', at('2024-03-31T00:59:59Z'))).toBe('2024-03-29');
    expect(newestDueDate(NIGHTLY, 'Europe/Berlin', at('2024-03-31T01:00:00Z'))).toBe('2024-03-30');
  });
  it('the newest date that is due never goes back and skips no date, in all zones', () => {
    const zones = fc.constantFrom(
      'UTC',
      'Europe/Berlin',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Asia/Jakarta',
    );
    fc.assert(
      fc.property(zones, fc.integer({ min: 0, max: 24 * 365 }), (zone, hour) => {
        const time = (hours: number) => new Date(Date.UTC(2024, 0, 1) + hours * 3_600_000);
        const before = newestDueDate(NIGHTLY, zone, time(hour));
        const after = newestDueDate(NIGHTLY, zone, time(hour + 24));
        expect(datesBetween(before, after).length).toBeGreaterThanOrEqual(1);
        expect(datesBetween(before, after).length).toBeLessThanOrEqual(3);
        // Two days later the date has advanced: no date is skipped.
        expect(newestDueDate(NIGHTLY, zone, time(hour + 48)) >= addDays(before, 1)).toBe(true);
      }),
    );
  });
});

describe('window of a date', () => {
  it('the window of a date closes with the last second of the next day in the zone', () => {
    expect(isWithinWindow('2024-01-15', 'UTC', at('2024-01-16T23:59:59.999Z'))).toBe(true);
    expect(isWithinWindow('2024-01-15', 'UTC', at('2024-01-17T00:00:00Z'))).toBe(false);
    expect(isWithinWindow('2024-01-15', 'Asia/Jakarta', at('2024-01-16T16:59:59Z'))).toBe(true);
    expect(isWithinWindow('2024-01-15', 'Asia/Jakarta', at('2024-01-16T17:00:00Z'))).toBe(false);
  });
  it('the window of a date is an hour shorter if the next day is', () => {
    const end = dayOf('2024-03-31', 'Europe/Berlin').end * 1000;
    expect(end - dayOf('2024-03-31', 'Europe/Berlin').start * 1000).toBe(23 * 3_600_000);
    expect(isWithinWindow('2024-03-30', 'Europe/Berlin', new Date(end - 1))).toBe(true);
    expect(isWithinWindow('2024-03-30', 'Europe/Berlin', new Date(end))).toBe(false);
  });
});

it('datesBetween includes both dates and is empty if they are reversed', () => {
  expect(datesBetween('2024-02-28', '2024-03-01')).toEqual(['2024-02-28', '2024-02-29', '2024-03-01']);
  expect(datesBetween('2024-03-01', '2024-03-01')).toEqual(['2024-03-01']);
  expect(datesBetween('2024-03-02', '2024-03-01')).toEqual([]);
  expect(datesBetween('2024-03-05', '2024-03-01')).toEqual([]);
  expect(datesBetween('9999-12-30', '9999-12-31')).toEqual(['9999-12-30', '9999-12-31']);
});
