import { expect, it } from 'vitest';
import { paceOf } from '../src/pace.ts';

const now = new Date('2024-01-16T02:00:10Z');
const row = (offset: number, startedAt: string | null) => ({
  offset,
  numrow: 100_000,
  started_at: startedAt,
});

it('the pace of a batch is its rows a second and the time left at that rate', () => {
  expect(paceOf(row(25_000, '2024-01-16 02:00:00.000'), now)).toBe('2,500 rows/s, 30 s left');
  expect(paceOf(row(100_000, '2024-01-16 02:00:00'), now)).toBe('10,000 rows/s, 0 s left');
});

it('a batch has no pace before its first rows and its first half second', () => {
  expect(paceOf(row(0, '2024-01-16 02:00:00'), now)).toBe('');
  expect(paceOf(row(5, null), now)).toBe('');
  expect(paceOf(row(5, '2024-01-16 02:00:09.800'), now)).toBe('');
});

it('a batch has no pace if the clock of the warehouse is ahead', () => {
  expect(paceOf(row(5, '2024-01-16 02:01:00'), now)).toBe('');
});
