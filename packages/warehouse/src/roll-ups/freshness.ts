import { VIEW_COLUMNS } from '@etl/core';
import { mergesByDate } from '../log-scheduler/newest-merges.ts';
import type { Interval, ReadRange } from '../reports/read-range.ts';
import { smallBelowFor } from '../scope.ts';
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

const SMALL = 'small<';

/**
 * What a part is made with: the kinds of views, and below how many students its rows are small. In one text, because a
 * worker of an older version replaces it as a whole.
 */
export function madeWith(smallBelow: number): string {
  return [...VIEW_COLUMNS, ...(smallBelow > 0 ? [`${SMALL}${smallBelow}`] : [])].join(',');
}

interface MadeWith {
  hasAllKinds: boolean;
  smallBelow: number;
}

function readMadeWith(kinds: string): MadeWith {
  const known = kinds.split(',');
  return {
    hasAllKinds: VIEW_COLUMNS.every((column) => known.includes(column)),
    smallBelow: Number(known.find((word) => word.startsWith(SMALL))?.slice(SMALL.length) ?? 0),
  };
}

/** The parts and the merges of a range, at the moment of a snapshot. */
export interface Freshness {
  merges: ReadonlyMap<string, string>;
  /**
   * Whether a part is stored, and no merge of its dates has completed since it was made. A merge by a
   * worker of an older version makes it stale, too.
   */
  isFresh(span: Span): boolean;
  /** Below how many students the rows of a stored part are small. */
  smallBelowOf(span: Span): number;
}

/** What the readers of a scope may read of the parts of a range. */
export function freshnessFor(range: ReadRange): Promise<Freshness> {
  return freshnessOf(range.snapshot, range, smallBelowFor(range.scope));
}

/** `smallBelow`: a part that is made with another number is not fresh. 0: small rows need not be apart, so any is. */
export async function freshnessOf(
  snapshot: Warehouse,
  { from, to }: Interval,
  smallBelow: number,
): Promise<Freshness> {
  const merges = await mergesByDate(snapshot, from, to);
  const parts = await snapshot
    .selectFrom('rollup_parts')
    .select(['part', 'merges', 'kinds'])
    .where('part', '>', numberOf(from) * 10)
    .where('part', '<', numberOf(to) * 10 + 10)
    .execute();
  // Most parts are made with the same.
  const read = new Map(parts.map(({ kinds }) => [kinds, readMadeWith(kinds)]));
  const stored = new Map(
    parts.map(({ part, merges, kinds }) => [part, { merges, ...(read.get(kinds) as MadeWith) }]),
  );
  return {
    merges,
    isFresh: (span) => {
      const made = stored.get(partOf(span));
      if (!made?.hasAllKinds || made.merges !== mergesOf(span, merges)) return false;
      return smallBelow === 0 || made.smallBelow === smallBelow;
    },
    smallBelowOf: (span) => stored.get(partOf(span))?.smallBelow ?? 0,
  };
}
