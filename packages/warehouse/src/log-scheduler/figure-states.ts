import { SCHEDULER_STATUS } from '@etl/core';
import { sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';
import { failureCode } from './failure.ts';
import { type NewestMerge, newestMerges } from './newest-merges.ts';

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
  { from, to }: { from: string; to: string },
  today: string,
): Promise<FigureStates> {
  const merges = await newestMerges(snapshot, from, to);
  const purged = new Set(await purgedDates(snapshot, from, to));
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

/** The dates of which `wasPurged` is true. */
async function purgedDates(snapshot: Warehouse, from: string, to: string): Promise<string[]> {
  const rows = await snapshot
    .selectFrom('log_scheduler')
    .select('extraction_date')
    .where('batch_name', '=', 'activity_counts')
    .where('status', '=', SCHEDULER_STATUS.failed)
    .where('extraction_date', '>=', from)
    .where('extraction_date', '<=', to)
    .where(sql<boolean>`${failureCode} = 'SOURCE_PURGED'`)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('log_scheduler as newer')
            .select('newer.id')
            .where('newer.batch_name', '=', 'activity_counts')
            .whereRef('newer.extraction_date', '=', 'log_scheduler.extraction_date')
            .whereRef('newer.id', '>', 'log_scheduler.id'),
        ),
      ),
    )
    .execute();
  return rows.map(({ extraction_date }) => extraction_date);
}
