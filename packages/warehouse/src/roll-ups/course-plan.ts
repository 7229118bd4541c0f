import type { ReadRange } from '../reports/read-range.ts';
import { freshnessFor } from './freshness.ts';
import { type Plan, planOf } from './plan.ts';
import { COURSE_LEVELS } from './spans.ts';

/** How a range is read by course: its fresh parts, and the daily rows of the other dates. */
export async function coursePlan(range: ReadRange): Promise<Plan> {
  const { isFresh } = await freshnessFor(range);
  return planOf(range, COURSE_LEVELS, isFresh);
}
