import { addDays } from '@etl/core';
import { sql } from 'kysely';
import { completedRows } from '../log-scheduler/newest-completed.ts';
import type { Interval } from '../reports/read-range.ts';
import type { Warehouse } from '../warehouse.ts';
import { type Freshness, freshnessOf } from './freshness.ts';
import { LEVELS_OF_PARTS, type Level, partOf, type Span, spanOf } from './spans.ts';

export interface DueOptions {
  /** Leaves parts alone of which a date was merged within this time. */
  settledSeconds?: number | undefined;
  /** Rows with fewer students stand apart in the parts, so that scopes can withhold them. Default: none do. */
  smallBelow?: number;
}

/** The parts that are missing or stale, in the order in which they are built. */
export async function dueParts(
  snapshot: Warehouse,
  { settledSeconds = 0, smallBelow = 0 }: DueOptions = {},
): Promise<Span[]> {
  const range = await mergedDates(snapshot);
  if (!range) return [];
  const whole = { from: spanOf('quarter', range.from).from, to: spanOf('quarter', range.to).to };
  const { merges, isFresh } = await freshnessOf(
    snapshot,
    { ...whole, from: earlier(whole.from) },
    smallBelow,
  );
  const unsettled = await unsettledDates(snapshot, settledSeconds);
  // Larger parts are made from smaller ones.
  return LEVELS_OF_PARTS.flatMap((level) => spansWith(level, merges)).filter(
    (span) =>
      // Until its last date there is nothing to gain: each night would make the part anew.
      span.to <= range.to &&
      !isFresh(span) &&
      !unsettled.some((date) => date >= span.from && date <= span.to),
  );
}

/** A week can begin before the first quarter does. */
function earlier(date: string): string {
  return addDays(date, -7);
}

/** The first and the last date with a completed merge. */
async function mergedDates(snapshot: Warehouse): Promise<Interval | undefined> {
  const { from, to } = await completedRows(snapshot, 'main_etl')
    .select((of) => [of.fn.min('extraction_date').as('from'), of.fn.max('extraction_date').as('to')])
    .executeTakeFirstOrThrow();
  return from && to ? { from, to } : undefined;
}

/** The dates that were merged a short time ago. A backfill or a rerun may go on next to them. */
async function unsettledDates(snapshot: Warehouse, seconds: number): Promise<string[]> {
  if (seconds === 0) return [];
  const rows = await completedRows(snapshot, 'main_etl')
    .select('extraction_date')
    .where('finished_at', '>', sql<never>`NOW(3) - INTERVAL ${sql.lit(seconds)} SECOND`)
    .execute();
  return rows.map(({ extraction_date }) => extraction_date);
}

/** The spans of a level with at least one merged date. */
function spansWith(level: Level, merges: Freshness['merges']): Span[] {
  const spans = new Map<number, Span>();
  for (const date of merges.keys()) {
    const span = spanOf(level, date);
    spans.set(partOf(span), span);
  }
  return [...spans.values()];
}
