import { daysIn } from '../dates.ts';

type Interval = 'day' | 'week' | 'month';

/** Longer ranges are shown by week or month: a line has as many points as eyes can tell apart. */
const MOST_DAYS = 120;
const MOST_WEEKS_IN_DAYS = 740;

/** The interval of a range. The default range has 28 days. */
export function intervalOf(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  newest: string | undefined,
): Interval {
  const end = to ?? newest;
  if (from === undefined || end === undefined) return 'day';
  const days = daysIn(from, end);
  if (days <= MOST_DAYS) return 'day';
  return days <= MOST_WEEKS_IN_DAYS ? 'week' : 'month';
}
