import type { Interval, ReadRange } from '../reports/read-range.ts';
import { freshnessOf } from './freshness.ts';
import { planOf } from './plan.ts';

/** Of the dates of a range, those whose sums by category are stored and fresh, and the others. */
export interface FreshDays {
  fresh: ReadonlySet<string>;
  others: Interval[];
}

export async function freshDaysOf(range: ReadRange): Promise<FreshDays> {
  const { isFresh } = await freshnessOf(range.snapshot, range);
  const { parts, days } = planOf(range, ['day'], isFresh);
  return { fresh: new Set(parts.map(({ from }) => from)), others: days };
}
