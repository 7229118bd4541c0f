import { SCHEDULER_STATUS } from '@etl/core';
import type { RecentRow } from '@etl/warehouse';
import { LRUCache } from 'lru-cache';

/** More rows than a backfill of ten years has. */
const MOST_ROWS = 20_000;

/** A row that differs from what the look before saw of it. */
export interface Change {
  row: RecentRow;
  /** The row as it was. Undefined if the look before did not see it. */
  former: RecentRow | undefined;
  /** It has another state, or the same one again. Otherwise only its progress has changed. */
  isStep: boolean;
}

/** What the looks at `log_scheduler` have seen. */
export interface SeenRows {
  /** The changes since the look before, in the order of the rows. The first look has none. */
  changes(rows: readonly RecentRow[]): Change[];
  /** Remembers the rows of a look. */
  remember(rows: readonly RecentRow[]): void;
  /** The rows that were queued or in progress at the last look. The next look must see what became of them. */
  active(): number[];
}

/**
 * Compares looks. The time of a change does not tell what is new: it has whole seconds, and a transaction can commit
 * long after its statements.
 */
export function openSeenRows(): SeenRows {
  const seen = new LRUCache<number, RecentRow>({ max: MOST_ROWS });
  let active: number[] | undefined;
  return {
    changes: (rows) => {
      if (active === undefined) return [];
      return rows.flatMap((row) => {
        const former = seen.get(row.id);
        const isStep = isAnotherStep(former, row);
        return isStep || hasProgressed(former, row) ? [{ row, former, isStep }] : [];
      });
    },
    remember: (rows) => {
      for (const row of rows) seen.set(row.id, row);
      active = rows.filter(({ active_key }) => active_key !== null).map(({ id }) => id);
    },
    active: () => active ?? [],
  };
}

function isAnotherStep(former: RecentRow | undefined, row: RecentRow): boolean {
  return (
    former?.status !== row.status || former.fence !== row.fence || former.finished_at !== row.finished_at
  );
}

function hasProgressed(former: RecentRow | undefined, row: RecentRow): boolean {
  return (
    former?.offset !== row.offset ||
    former.numrow !== row.numrow ||
    former.error_details !== row.error_details
  );
}

/** Whether the change is the end of a merge: the date has other figures, or its run has failed. */
export function endsDate({ row, isStep }: Change): boolean {
  const { finished, failed } = SCHEDULER_STATUS;
  return isStep && row.batch_name === 'main_etl' && (row.status === finished || row.status === failed);
}
