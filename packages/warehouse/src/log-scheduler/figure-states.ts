import type { Warehouse } from '../warehouse.ts';
import { type NewestMerge, newestMerges } from './newest-merges.ts';
import { purgedDates } from './purged-dates.ts';

/**
 * The states of a date's figures:
 * - `final`: extracted after the day had ended.
 * - `provisional`: extracted before the day had ended.
 * - `purged`: final, and kept although the source has lost log rows of the date: they cannot be extracted again.
 * - `missing`: no merge of the date has completed.
 * - `future`: the date has not begun.
 */
export const FIGURE_STATES = ['final', 'provisional', 'purged', 'missing', 'future'] as const;
export type FigureState = (typeof FIGURE_STATES)[number];

/** The figures of some dates. */
export interface FigureStates {
  /** The newest completed merge of each date that has one. */
  merges: ReadonlyMap<string, NewestMerge>;
  stateOf(date: string): FigureState;
}

/** The states of the figures from `from` to `to`, both included. `today`: the date in the institution's time zone. */
export async function figureStates(
  snapshot: Warehouse,
  range: { from: string; to: string },
  today: string,
): Promise<FigureStates> {
  const merges = await newestMerges(snapshot, range.from, range.to);
  const purged = await purgedDates(snapshot, range);
  return {
    merges,
    stateOf: (date) => {
      const merge = merges.get(date);
      if (!merge) return date > today ? 'future' : 'missing';
      // Figures of a part of the day stay provisional, also if nobody can complete them any more.
      if (merge.details.provisional) return 'provisional';
      return purged.has(date) ? 'purged' : 'final';
    },
  };
}
