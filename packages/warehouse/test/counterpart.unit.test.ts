import { addDays, countDates, datesBetween } from '@etl/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { changeOf, comparedFigure, counterpartOf, INTERVALS, intervalsOf } from '../src/index.ts';

const date = fc.integer({ min: 0, max: 20_000 }).map((days) => addDays('1990-01-01', days));
const range = fc
  .tuple(date, fc.integer({ min: 0, max: 1099 }))
  .map(([from, more]) => ({ from, to: addDays(from, more) }));

it('the previous range is as long, and ends the day before', () => {
  fc.assert(
    fc.property(range, (asked) => {
      const { from, to } = counterpartOf(asked, 'previous');
      expect(addDays(to, 1)).toBe(asked.from);
      expect(countDates(from, to)).toBe(countDates(asked.from, asked.to));
    }),
  );
});

it('the range of a year before has the same weekdays', () => {
  const asked = { from: '2024-01-15', to: '2024-02-11' };
  expect(counterpartOf(asked, 'year', 'week')).toMatchObject({ from: '2023-01-16', to: '2023-02-12' });
});

it.each([
  ['2024-02-01', '2024-02-29', '2023-02-01', '2023-02-28'],
  ['2025-02-01', '2025-02-28', '2024-02-01', '2024-02-29'],
  ['2024-01-10', '2024-02-20', '2023-01-10', '2023-02-20'],
  ['2024-02-29', '2024-03-31', '2023-02-28', '2023-03-31'],
])('by months, %s to %s is compared with %s to %s', (from, to, beforeFrom, beforeTo) => {
  expect(counterpartOf({ from, to }, 'year', 'month')).toMatchObject({ from: beforeFrom, to: beforeTo });
});

it('the counterparts of the intervals are the counterpart of the range', () => {
  fc.assert(
    fc.property(
      range,
      fc.constantFrom(...INTERVALS),
      fc.constantFrom('previous', 'year'),
      (asked, unit, how) => {
        const other = counterpartOf(asked, how, unit);
        const parts = intervalsOf(asked, unit).map(other.of);
        expect(parts.flatMap(({ from, to }) => datesBetween(from, to))).toEqual(
          datesBetween(other.from, other.to),
        );
      },
    ),
    { numRuns: 50 },
  );
});

it('intervals contain each date of the range once, and name the ones that it cuts off', () => {
  const asked = { from: '2024-01-17', to: '2024-03-03' };
  expect(intervalsOf(asked, 'month')).toEqual([
    { from: '2024-01-17', to: '2024-01-31', partial: true },
    { from: '2024-02-01', to: '2024-02-29', partial: false },
    { from: '2024-03-01', to: '2024-03-03', partial: true },
  ]);
  const weeks = intervalsOf(asked, 'week');
  expect(weeks[0]).toEqual({ from: '2024-01-17', to: '2024-01-21', partial: true });
  expect(weeks.at(-1)).toEqual({ from: '2024-02-26', to: '2024-03-03', partial: false });
  for (const unit of INTERVALS) {
    const dates = intervalsOf(asked, unit).flatMap(({ from, to }) => datesBetween(from, to));
    expect(dates).toEqual(datesBetween(asked.from, asked.to));
  }
});

it('a change is a ratio of the compared value, rounded to 4 places', () => {
  expect(changeOf(125, 100)).toBe(0.25);
  expect(changeOf(2, 3)).toBe(-0.3333);
  expect(changeOf(0, 8)).toBe(-1);
  expect(changeOf(1.5, 1.2)).toBe(0.25);
  // 0.00625 and -0.03125: half away from 0.
  expect(changeOf(161, 160)).toBe(0.0063);
  expect(changeOf(31, 32)).toBe(-0.0313);
  expect(Object.is(changeOf(99_999_999, 100_000_000), 0)).toBe(true);
  for (const [value, compared] of [
    [1, 0],
    [0, 0],
    [null, 1],
    [1, null],
  ] as const) {
    expect(changeOf(value, compared)).toBeNull();
  }
});

it('there is no change if the missing dates of the ranges differ', () => {
  const weeks = counterpartOf({ from: '2024-01-15', to: '2024-01-28' }, 'previous');
  expect(weeks.hasSameGaps(['2024-01-16'], ['2024-01-02'])).toBe(true);
  expect(weeks.hasSameGaps(['2024-01-16'], ['2024-01-03'])).toBe(false);
  expect(weeks.hasSameGaps(['2024-01-16'], [])).toBe(false);
  expect(weeks.hasSameGaps([], ['2024-01-02'])).toBe(false);
  const february = counterpartOf({ from: '2024-02-01', to: '2024-02-29' }, 'year', 'month');
  expect(february.hasSameGaps(['2024-02-28'], ['2023-02-28'])).toBe(true);
  expect(february.hasSameGaps(['2024-02-29'], ['2023-02-28'])).toBe(false);
  expect(comparedFigure(3, 2, false)).toEqual({ value: 3, compared: 2, change: null });
  expect(comparedFigure(3, 2, true)).toEqual({ value: 3, compared: 2, change: 0.5 });
});
