import { datesBetween } from '@etl/core';
import { mergesByDate } from '../log-scheduler/newest-merges.ts';
import type { MoodleId } from '../tables.ts';
import type { DateRange } from './asked-range.ts';
import { type Comparison, changeOf, counterpartOf } from './counterpart.ts';
import type { ReadRange } from './read-range.ts';
import { NOTHING_WITHHELD, type Withheld, withheldRows } from './withheld-courses.ts';

/** A range beside the one that it is compared with. */
export interface RangeComparison {
  /** Null if nothing is compared. */
  compared: ReadRange | null;
  /** Dates without a completed merge. */
  missingDates: string[];
  comparedMissingDates: string[];
  withheld: Withheld;
  /** Of the compared range. */
  comparedWithheld: Withheld;
  /** The newest date of the range whose merge has completed. */
  newestDate: string | undefined;
  /** Whether a course has rows in either range that are withheld: then its views cannot be compared. */
  hasWithheld(course: MoodleId): boolean;
  /** Whether the ranges miss the same dates. Of one course: and whether none of its rows is withheld. */
  isComparable: boolean;
  /** Null as `changeOf` says, or if the ranges miss different dates, or if nothing is compared. */
  change(value: number, compared: number): number | null;
  /** By how much the figure has grown. Null if there is none to compare with, or if the ranges miss different dates. */
  difference(value: number, compared: number | null): number | null;
}

/** Compares the dates that two ranges miss. `course`: of this course alone. */
export async function compareRange(
  range: ReadRange,
  comparison: Comparison | undefined,
  course?: MoodleId,
): Promise<RangeComparison> {
  const own = await datesOf(range, range);
  const counterpart = comparison && counterpartOf(range, comparison);
  const other = counterpart && (await datesOf(range, counterpart));
  const compared = counterpart ? { ...range, from: counterpart.from, to: counterpart.to } : null;
  const withheld = await withheldRows(range, course);
  const comparedWithheld = compared ? await withheldRows(compared, course) : NOTHING_WITHHELD;
  const hasWithheld = (id: MoodleId) =>
    [withheld, comparedWithheld].some(({ courses }) => courses.has(String(id)));
  const hasSameGaps = counterpart?.hasSameGaps(own.missing, other?.missing ?? []) ?? false;
  const isComparable = hasSameGaps && !(course !== undefined && hasWithheld(course));
  return {
    compared,
    missingDates: own.missing,
    comparedMissingDates: other?.missing ?? [],
    withheld,
    comparedWithheld,
    hasWithheld,
    newestDate: own.completed.at(-1),
    isComparable,
    change: (value, compared) => (isComparable ? changeOf(value, compared) : null),
    difference: (value, compared) => (isComparable && compared !== null ? value - compared : null),
  };
}

async function datesOf({ snapshot }: ReadRange, { from, to }: DateRange) {
  const merges = await mergesByDate(snapshot, from, to);
  const dates = datesBetween(from, to);
  return {
    missing: dates.filter((date) => !merges.has(date)),
    completed: dates.filter((date) => merges.has(date)),
  };
}

/** What answers say about a range, and about the range that it is compared with. */
export function rangeFields(
  { from, to }: DateRange,
  compare: Comparison | null,
  { compared, missingDates, comparedMissingDates, withheld, comparedWithheld }: RangeComparison,
) {
  return {
    from,
    to,
    compare,
    compared_from: compared?.from ?? null,
    compared_to: compared?.to ?? null,
    missing_dates: missingDates,
    compared_missing_dates: comparedMissingDates,
    withheld_courses: withheld.courses.size,
    compared_withheld_courses: comparedWithheld.courses.size,
  };
}
