import { describe, expect, it } from 'vitest';
import { addDays, daysIn, isDate, todayIn } from '../src/dates.ts';
import { intervalOf } from '../src/shell/interval.ts';

describe('calendar days', () => {
  it('days are added over the ends of months and years, in leap years too', () => {
    expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
    expect(addDays('2024-03-01', -1)).toBe('2024-02-29');
    expect(addDays('2023-12-31', 1)).toBe('2024-01-01');
    expect(addDays('2024-01-01', 366)).toBe('2025-01-01');
  });

  it('a range counts both of its ends', () => {
    expect(daysIn('2024-01-15', '2024-01-15')).toBe(1);
    expect(daysIn('2024-02-01', '2024-03-01')).toBe(30);
  });

  it('a text of an address is a date only if the calendar has it', () => {
    expect(isDate('2024-02-29')).toBe(true);
    for (const text of [undefined, '', '2024-1-5', '2024-13-01', '2024-02-30', '2023-02-29', 'today'])
      expect(isDate(text), text).toBe(false);
  });

  it('today is that of the institution, not of the reader', () => {
    const evening = new Date('2024-01-15T18:30:00Z');
    expect(todayIn('Asia/Jakarta', evening)).toBe('2024-01-16');
    expect(todayIn('America/New_York', evening)).toBe('2024-01-15');
  });

  it('long ranges are shown by week, longer ones by month', () => {
    expect(intervalOf({}, '2024-01-28')).toBe('day');
    expect(intervalOf({ from: '2024-01-01', to: '2024-04-29' }, undefined)).toBe('day');
    expect(intervalOf({ from: '2024-01-01', to: '2024-04-30' }, undefined)).toBe('week');
    expect(intervalOf({ from: '2022-01-01' }, '2024-12-31')).toBe('month');
  });
});
