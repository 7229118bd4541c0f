import type { FigureState, PointState, ViewKind } from '../../api/types.ts';
import { addDays, atNoon, daysIn } from '../../dates.ts';
import type { WeekOfKinds } from './table.ts';

/** The views of a day by kind. They are null if nothing was extracted. */
export interface DayOfKinds {
  extraction_date: string;
  state: FigureState;
  views: Record<ViewKind, number | null>;
}

/** Sums days to weeks from Monday. Views of days add up; the days must be a range without holes, in order. */
export function byWeek(days: readonly DayOfKinds[]): WeekOfKinds[] {
  const weeks = new Map<string, DayOfKinds[]>();
  for (const day of days) {
    const monday = mondayOf(day.extraction_date);
    const week = weeks.get(monday);
    if (week) week.push(day);
    else weeks.set(monday, [day]);
  }
  return [...weeks.values()].map(weekOf);
}

export function mondayOf(date: string): string {
  return addDays(date, -((atNoon(date).getUTCDay() + 6) % 7));
}

/** The sum of the kinds; null if nothing of the week was extracted. */
export function viewsOf({ views }: Pick<WeekOfKinds, 'views'>): number | null {
  return sumOf(Object.values(views));
}

function weekOf(days: readonly DayOfKinds[]): WeekOfKinds {
  const [first, last] = [days[0] as DayOfKinds, days.at(-1) as DayOfKinds];
  const [from, to] = [first.extraction_date, last.extraction_date];
  const kinds = Object.keys(first.views) as ViewKind[];
  const views = Object.fromEntries(kinds.map((kind) => [kind, sumOf(days.map((day) => day.views[kind]))]));
  return {
    from,
    to,
    partial: daysIn(from, to) < 7,
    state: stateOf(days),
    views: views as WeekOfKinds['views'],
  };
}

function sumOf(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length === 0 ? null : known.reduce((sum, count) => sum + count, 0);
}

/** The rule of the API's intervals: incomplete, else provisional before purged before final. */
function stateOf(days: readonly DayOfKinds[]): PointState {
  const states = new Set(days.map(({ state }) => state));
  const isEmpty = (state: FigureState) => state === 'missing' || state === 'future';
  const empty = [...states].filter(isEmpty);
  if (empty.length === states.size) return states.has('missing') ? 'missing' : 'future';
  if (empty.length > 0) return 'incomplete';
  return (['provisional', 'purged'] as const).find((state) => states.has(state)) ?? 'final';
}
