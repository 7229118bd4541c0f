import { expect, it } from 'vitest';
import { paceOf } from '../src/pace.ts';

const now = new Date('2024-01-16T02:00:10Z');
const row = (offset: number, startedAt: string | null) => ({
  offset,
  numrow: 100_000,
  started_at: startedAt,
});

it('is rows a second since the start, and what is left at that rate', () => {
  expect(paceOf(row(25_000, '2024-01-16 02:00:00.000'), now)).toBe('2,500 rows/s, 30 s left');
  expect(paceOf(row(100_000, '2024-01-16 02:00:00'), now)).toBe('10,000 rows/s, 0 s left');
});

it('is not told before it can be known', () => {
  expect(paceOf(row(0, '2024-01-16 02:00:00'), now)).toBe('');
  expect(paceOf(row(5, null), now)).toBe('');
  expect(paceOf(row(5, '2024-01-16 02:00:09.800'), now)).toBe('');
  // The database's clock is ahead.
  expect(paceOf(row(5, '2024-01-16 02:01:00'), now)).toBe('');
});
