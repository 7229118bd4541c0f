import { datesBetween } from '@etl/core';
import type { Interval, ReadRange } from '../reports/read-range.ts';
import { freshnessFor } from './freshness.ts';
import { addDate } from './plan.ts';

/** Of the dates of a range, those whose sums by category are stored and fresh, and the others. */
export interface FreshDays {
  fresh: Interval[];
  others: Interval[];
}

export async function freshDaysOf(range: ReadRange): Promise<FreshDays> {
  const { isFresh } = await freshnessFor(range);
  const found: FreshDays = { fresh: [], others: [] };
  for (const date of datesBetween(range.from, range.to))
    addDate(isFresh({ level: 'day', from: date, to: date }) ? found.fresh : found.others, date);
  return found;
}
