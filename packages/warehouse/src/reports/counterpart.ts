import { addDays, countDates } from '@etl/core';
import type { DateRange } from './asked-range.ts';

/** What a range can be compared with. */
export const COMPARISONS = ['previous', 'year'] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** The calendar intervals of a series. */
export const INTERVALS = ['day', 'week', 'month'] as const;
export type IntervalUnit = (typeof INTERVALS)[number];

/** 52 weeks: weekdays meet. */
const YEAR_OF_WEEKS = 364;

/** The dates with which a range is compared. */
export interface Counterpart extends DateRange {
  /** The counterpart of a part of the range. */
  of(part: DateRange): DateRange;
  /** Whether the same dates are missing in both ranges. Otherwise their figures cannot be compared. */
  hasSameGaps(missing: readonly string[], comparedMissing: readonly string[]): boolean;
}

/**
 * The counterpart of a range: the equally long range before (`previous`), or the range 364 days before (`year`). By
 * months, `year` is the same calendar dates a year before.
 */
export function counterpartOf(
  range: DateRange,
  comparison: Comparison,
  interval: IntervalUnit = 'day',
): Counterpart {
  if (comparison === 'year' && interval === 'month') {
    // 29 February has no counterpart: the name that this makes is no date, so a gap there differs.
    const yearBefore = (date: string) =>
      String(Number(date.slice(0, 4)) - 1).padStart(4, '0') + date.slice(4);
    return { ...monthsBefore(range), of: monthsBefore, hasSameGaps: sameDates(yearBefore) };
  }
  const days = comparison === 'year' ? YEAR_OF_WEEKS : countDates(range.from, range.to);
  const before = (date: string) => addDays(date, -days);
  const of = ({ from, to }: DateRange) => ({ from: before(from), to: before(to) });
  return { ...of(range), of, hasSameGaps: sameDates(before) };
}

const sameDates =
  (counterpart: (date: string) => string) =>
  (missing: readonly string[], comparedMissing: readonly string[]): boolean => {
    const compared = new Set(comparedMissing);
    return missing.length === compared.size && missing.every((date) => compared.has(counterpart(date)));
  };

/** The same calendar dates a year before. A month that is included to its end is compared to its end. */
function monthsBefore({ from, to }: DateRange): DateRange {
  const last = Temporal.PlainDate.from(to);
  const before = last.subtract({ years: 1 });
  const isEnd = last.day === last.daysInMonth;
  return {
    from: Temporal.PlainDate.from(from).subtract({ years: 1 }).toString(),
    to: (isEnd ? before.with({ day: before.daysInMonth }) : before).toString(),
  };
}

/** A figure beside the same figure of the compared range. */
export interface ComparedFigure {
  value: number | null;
  /** Null if nothing is compared, or nothing was extracted in the compared range. */
  compared: number | null;
  /** See `changeOf`. */
  change: number | null;
}

/** A figure and the one it is compared with. Without `hasSameGaps` there is no change. */
export function comparedFigure(
  value: number | null,
  compared: number | null,
  hasSameGaps: boolean,
): ComparedFigure {
  return { value, compared, change: hasSameGaps ? changeOf(value, compared) : null };
}

/**
 * (value - compared) / compared, rounded to 4 places, half away from 0: 0.25 is a rise by a quarter. Null if either is
 * null, or if `compared` is 0. Whole numbers keep an exact half, which binary fractions can lose.
 */
export function changeOf(value: number | null, compared: number | null): number | null {
  if (value === null || compared === null || compared === 0) return null;
  const divisor = hundredths(compared);
  const difference = hundredths(value) - divisor;
  const places = (2n * PLACES * magnitude(difference) + divisor) / (2n * divisor);
  return Number(difference < 0n ? -places : places) / Number(PLACES);
}

const PLACES = 10_000n;

/** Figures are not negative, and have 2 places at most. */
function hundredths(figure: number): bigint {
  return BigInt(Math.round(figure * 100));
}

function magnitude(number: bigint): bigint {
  return number < 0n ? -number : number;
}
