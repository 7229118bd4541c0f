import { addDays, datesBetween } from '@etl/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planOf } from '../src/roll-ups/plan.ts';
import { COURSE_LEVELS, LEVELS_OF_PARTS, partOf, type Span, spanOf } from '../src/roll-ups/spans.ts';

const date = fc.integer({ min: 0, max: 20_000 }).map((days) => addDays('1990-01-01', days));
const level = fc.constantFrom(...LEVELS_OF_PARTS);

describe('spans of dates', () => {
  it('every date of a span has that span, and its neighbours have others', () => {
    fc.assert(
      fc.property(level, date, (of, at) => {
        const span = spanOf(of, at);
        expect(span.from <= at && at <= span.to).toBe(true);
        for (const one of datesBetween(span.from, span.to)) expect(spanOf(of, one)).toEqual(span);
        expect(spanOf(of, addDays(span.to, 1)).from).toBe(addDays(span.to, 1));
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['pentad', '2024-02-29', '2024-02-26', '2024-02-29'],
    ['pentad', '2023-02-28', '2023-02-26', '2023-02-28'],
    ['pentad', '2024-01-31', '2024-01-26', '2024-01-31'],
    ['pentad', '2024-01-10', '2024-01-06', '2024-01-10'],
    ['week', '2024-01-07', '2024-01-01', '2024-01-07'],
    ['week', '2025-01-01', '2024-12-30', '2025-01-05'],
    ['month', '2024-02-01', '2024-02-01', '2024-02-29'],
    ['quarter', '2024-12-31', '2024-10-01', '2024-12-31'],
  ] as const)('the %s of %s is %s to %s', (of, at, from, to) => {
    expect(spanOf(of, at)).toEqual({ level: of, from, to });
  });

  it('different spans have different numbers', () => {
    const all = datesBetween('2023-12-01', '2025-02-01').flatMap((at) =>
      LEVELS_OF_PARTS.map((of) => spanOf(of, at)),
    );
    const names = new Set(all.map((span) => JSON.stringify(span)));
    expect(new Set(all.map(partOf)).size).toBe(names.size);
  });
});

describe('the plan of a range', () => {
  it('parts and days together are each date of the range once, and no stale part is among them', () => {
    fc.assert(
      fc.property(date, fc.integer({ min: 0, max: 400 }), fc.nat(), (from, days, salt) => {
        const to = addDays(from, days);
        const isFresh = (span: Span) => (partOf(span) + salt) % 7 !== 0;
        const plan = planOf({ from, to }, COURSE_LEVELS, isFresh);
        const dates = [...plan.parts, ...plan.days].flatMap((one) => datesBetween(one.from, one.to));
        expect(dates.toSorted()).toEqual(datesBetween(from, to));
        expect(plan.parts.every(isFresh)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('a year from the middle of a month takes quarters, months and pentads, and few days', () => {
    const { parts, days } = planOf({ from: '2023-02-13', to: '2024-02-12' }, COURSE_LEVELS, () => true);
    expect(parts.map(({ from }) => from)).toEqual([
      '2023-02-16',
      '2023-02-21',
      '2023-02-26',
      '2023-03-01',
      '2023-04-01',
      '2023-07-01',
      '2023-10-01',
      '2024-01-01',
      '2024-02-01',
      '2024-02-06',
    ]);
    expect(days).toEqual([
      { from: '2023-02-13', to: '2023-02-15' },
      { from: '2024-02-11', to: '2024-02-12' },
    ]);
  });

  it('the last date that there is ends a plan', () => {
    const { days } = planOf({ from: '9999-12-27', to: '9999-12-31' }, COURSE_LEVELS, () => false);
    expect(days).toEqual([{ from: '9999-12-27', to: '9999-12-31' }]);
  });
});
