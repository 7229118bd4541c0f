import type { FigureState, ViewKind } from '../../api/types.ts';
import { viewKinds } from '../../charts/colours.ts';
import type { DayOfKinds } from '../../charts/weeks/by-week.ts';
import { addDays } from '../../dates.ts';
import type { Words } from '../../words/en.ts';

interface DailySummary {
  from: string;
  to: string;
  data: readonly object[];
  missing_dates: readonly string[];
  provisional_dates: readonly string[];
}

type DayOfSummary = { extraction_date: string } & Record<ViewKind, number>;

/** Every date of a summary by day. A date without a row has no views, unless nothing was extracted. */
export function daysOfKinds(summary: DailySummary, words: Words): DayOfKinds[] {
  const rows = new Map((summary.data as readonly DayOfSummary[]).map((row) => [row.extraction_date, row]));
  const missing = new Set(summary.missing_dates);
  const provisional = new Set(summary.provisional_dates);
  const days: DayOfKinds[] = [];
  for (let date = summary.from; date <= summary.to; date = addDays(date, 1)) {
    const state: FigureState = missing.has(date)
      ? 'missing'
      : provisional.has(date)
        ? 'provisional'
        : 'final';
    const viewsOf = (kind: ViewKind) => (missing.has(date) ? null : (rows.get(date)?.[kind] ?? 0));
    const views = Object.fromEntries(viewKinds(words).map((kind) => [kind, viewsOf(kind)]));
    days.push({ extraction_date: date, state, views: views as DayOfKinds['views'] });
  }
  return days;
}
