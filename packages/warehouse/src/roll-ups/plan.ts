import type { Interval } from '../reports/read-range.ts';
import { dateAfter, type Level, type Span, spanOf } from './spans.ts';

/** How the dates of a range are read: these parts, and the daily rows of the other dates. */
export interface Plan {
  parts: Span[];
  days: Interval[];
}

/**
 * The fewest fresh parts within the range, and the dates that are left over. `levels`: largest first, each divided
 * by the next, so the largest part that begins at a date and fits is never a wrong choice.
 */
export function planOf(
  { from, to }: Interval,
  levels: readonly Level[],
  isFresh: (span: Span) => boolean,
): Plan {
  const plan: Plan = { parts: [], days: [] };
  const end = Date.parse(to);
  // By number: from the year 10000 on, dates do not sort as texts.
  for (let date = from; Date.parse(date) <= end; ) {
    const part = levels
      .map((level) => spanOf(level, date))
      .find((span) => span.from === date && span.to <= to && isFresh(span));
    if (part) plan.parts.push(part);
    else addDate(plan.days, date);
    date = dateAfter(part?.to ?? date);
  }
  return plan;
}

/** Adds a date that is after all of these. */
export function addDate(days: Interval[], date: string): void {
  const run = days.at(-1);
  if (run && dateAfter(run.to) === date) run.to = date;
  else days.push({ from: date, to: date });
}
