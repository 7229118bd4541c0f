import type { Interval, ReadRange } from '../reports/read-range.ts';
import { freshnessOf } from './freshness.ts';
import { planOf } from './plan.ts';

/** Of the dates of a range, those whose sums by category are stored and fresh, and the others. */
export interface FreshDays {
  fresh: Interval[];
  others: Interval[];
}

export async function freshDaysOf(range: ReadRange): Promise<FreshDays> {
  const { isFresh } = await freshnessOf(range.snapshot, range);
  const { days: others } = planOf(range, ['day'], isFresh);
  // The same walk the other way round joins fresh dates.
  const { days: fresh } = planOf(range, ['day'], (span) => !isFresh(span));
  return { fresh, others };
}
