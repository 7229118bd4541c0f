import { VIEW_COLUMNS } from '@etl/core';
import { mergesByDate } from '../log-scheduler/newest-merges.ts';
import type { Interval } from '../reports/read-range.ts';
import type { Warehouse } from '../warehouse.ts';
import { dateAfter, numberOf, partOf, type Span } from './spans.ts';

/** What a part of these dates must be made from to be fresh: the completed merges, in the order of dates. */
export function mergesOf({ from, to }: Interval, byDate: ReadonlyMap<string, string>): string {
  let merges = byDate.get(from) ?? '';
  for (let date = from; date !== to; ) {
    date = dateAfter(date);
    merges += `,${byDate.get(date) ?? ''}`;
  }
  return merges;
}

/** The kinds of views that a part is made with. */
export const KINDS = VIEW_COLUMNS.join(',');

function hasAllKinds(kinds: string): boolean {
  if (kinds === KINDS) return true;
  const known = new Set(kinds.split(','));
  return VIEW_COLUMNS.every((column) => known.has(column));
}

/** The parts and the merges of a range, at the moment of a snapshot. */
export interface Freshness {
  merges: ReadonlyMap<string, string>;
  /**
   * Whether a part is stored, and no merge of its dates has completed since it was made. Whoever merged since, a
   * worker of an older version too, has made it stale.
   */
  isFresh(span: Span): boolean;
}

export async function freshnessOf(snapshot: Warehouse, { from, to }: Interval): Promise<Freshness> {
  const merges = await mergesByDate(snapshot, from, to);
  const parts = await snapshot
    .selectFrom('rollup_parts')
    .select(['part', 'merges', 'kinds'])
    .where('part', '>', numberOf(from) * 10)
    .where('part', '<', numberOf(to) * 10 + 10)
    .execute();
  const stored = new Map(parts.map(({ part, ...made }) => [part, made]));
  return {
    merges,
    isFresh: (span) => {
      const made = stored.get(partOf(span));
      return made !== undefined && made.merges === mergesOf(span, merges) && hasAllKinds(made.kinds);
    },
  };
}
