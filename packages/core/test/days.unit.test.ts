import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clockTime,
  dayOf,
  EtlError,
  isTimeZone,
  parseDate,
  parsePastOrPresentDate,
  today,
  yesterday,
} from '../src/index.ts';

const HOUR = 3600;
const lengthOf = (date: string, zone: string) => {
  const { start, end } = dayOf(date, zone);
  return (end - start) / HOUR;
};

describe('days', () => {
  it('a day has 24 hours, and 23 or 25 when the clocks change', () => {
    expect(lengthOf('2024-01-15', 'Europe/Berlin')).toBe(24);
    expect(lengthOf('2024-03-31', 'Europe/Berlin')).toBe(23);
    expect(lengthOf('2024-10-27', 'Europe/Berlin')).toBe(25);
    expect(lengthOf('2024-10-06', 'Australia/Lord_Howe')).toBe(23.5);
  });

  it('a day begins after midnight if the clocks skip midnight', () => {
    // Clocks go from 23:59:59 to 01:00:00.
    const { start } = dayOf('2024-09-08', 'America/Santiago');
    expect(clockTime(new Date(start * 1000), 'America/Santiago')).toBe('2024-09-08 01:00:00');
  });

  it('a day has its bounds in epoch seconds', () => {
    expect(dayOf('2024-01-15', 'Asia/Jakarta')).toEqual({
      date: '2024-01-15',
      timeZone: 'Asia/Jakarta',
      start: Date.UTC(2024, 0, 14, 17) / 1000,
      end: Date.UTC(2024, 0, 15, 17) / 1000,
    });
  });

  it('a day ends when the next begins, and contains exactly the instants of its date', () => {
    const zones = ['UTC', 'Asia/Jakarta', 'America/St_Johns', 'Europe/Berlin', 'Pacific/Apia'];
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 25_000 }),
        fc.nat(90_000),
        (zone, days, second) => {
          const plain = Temporal.PlainDate.from('1971-01-01').add({ days });
          const day = dayOf(plain.toString(), zone);
          expect(dayOf(plain.add({ days: 1 }).toString(), zone).start).toBe(day.end);
          // A day that a zone skipped (Apia, 2011) holds no instant.
          const within = Math.min(day.start + second, day.end - 1);
          if (day.start < day.end) expect(today(zone, new Date(within * 1000))).toBe(day.date);
        },
      ),
    );
  });
});

describe('today and yesterday', () => {
  it('today and yesterday are dates of the zone', () => {
    const instant = new Date('2024-01-15T18:30:00Z');
    expect(today('UTC', instant)).toBe('2024-01-15');
    expect(today('Asia/Jakarta', instant)).toBe('2024-01-16');
    expect(yesterday('Asia/Jakarta', instant)).toBe('2024-01-15');
  });
});

describe('dates', () => {
  it.each([
    '2024-02-30',
    '2024-13-01',
    '24-01-15',
    '2024-1-5',
    '2024-01-15T00:00:00',
    '',
    'today',
    '1969-12-31',
  ])('a date is rejected as %j', (text) => {
    expect(() => parseDate(text)).toThrow(EtlError);
  });

  it('a date is rejected if it has not begun in the zone', () => {
    const instant = new Date('2024-01-15T18:30:00Z');
    expect(parsePastOrPresentDate('2024-01-16', 'Asia/Jakarta', instant)).toBe('2024-01-16');
    expect(() => parsePastOrPresentDate('2024-01-16', 'UTC', instant)).toThrow(
      'date: 2024-01-16 is in the future: today is 2024-01-15 in UTC',
    );
  });

  it.each([
    ['2024-02-30', '"2024-02-30" is not a date in the form YYYY-MM-DD'],
    ['2024-01-16', '2024-01-16 is in the future: today is 2024-01-15 in UTC'],
  ])('the error of the date %s names its field in the message and in the details', (text, why) => {
    const instant = new Date('2024-01-15T18:30:00Z');
    const expected = { code: 'INVALID_REQUEST', message: `to: ${why}`, details: { to: why } };
    expect(() => parsePastOrPresentDate(text, 'UTC', instant, 'to')).toThrow(
      expect.objectContaining(expected),
    );
  });
});

describe('time zones', () => {
  it('a time zone is an IANA name, not an offset', () => {
    expect(['UTC', 'Asia/Jakarta', 'Asia/Calcutta'].map(isTimeZone)).toEqual([true, true, true]);
    expect(['+07:00', 'Mars/Base', 'WIB+7', ''].map(isTimeZone)).toEqual([false, false, false, false]);
  });
});
