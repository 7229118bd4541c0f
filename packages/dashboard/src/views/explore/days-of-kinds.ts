import type { DayReport, ViewKind } from '../../api/types.ts';
import { viewKinds } from '../../charts/colours.ts';
import type { DayOfKinds } from '../../charts/weeks/by-week.ts';
import { addDays } from '../../dates.ts';
import type { Words } from '../../words/en.ts';

interface DailySummary {
  from: string;
  to: string;
  data: readonly object[];
  missing_dates: readonly string[];
}

type DayOfSummary = { extraction_date: string } & Record<ViewKind, number>;

/**
 * Every date of a summary by day, with its state. A date without a row has no views, unless nothing was extracted.
 */
export function daysOfKinds(
  summary: DailySummary,
  states: readonly Pick<DayReport, 'extraction_date' | 'state'>[],
  words: Words,
): DayOfKinds[] {
  const rows = new Map((summary.data as readonly DayOfSummary[]).map((row) => [row.extraction_date, row]));
  const missing = new Set(summary.missing_dates);
  const stateOf = new Map(states.map(({ extraction_date, state }) => [extraction_date, state]));
  const days: DayOfKinds[] = [];
  for (let date = summary.from; date <= summary.to; date = addDays(date, 1)) {
    const known = stateOf.get(date) ?? 'final';
    const state = missing.has(date) && known !== 'future' ? 'missing' : known;
    const viewsOf = (kind: ViewKind) => (missing.has(date) ? null : (rows.get(date)?.[kind] ?? 0));
    const views = Object.fromEntries(viewKinds(words).map((kind) => [kind, viewsOf(kind)]));
    days.push({ extraction_date: date, state, views: views as DayOfKinds['views'] });
  }
  return days;
}
