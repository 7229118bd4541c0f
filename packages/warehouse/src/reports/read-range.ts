import { VIEW_COLUMNS, type ViewColumn } from '@etl/core';
import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { type Scope, visibleUserActivity } from '../scope.ts';
import type { Warehouse } from '../warehouse.ts';

/** Dates one after the other, both included. */
export interface Interval {
  from: string;
  to: string;
}

/** What to read: the rows of these dates within this scope, on this snapshot. */
export interface ReadRange extends Interval {
  snapshot: Warehouse;
  scope: Scope;
  /** For stored sums: rows with fewer students stand apart from the others. 0 or undefined: none do. */
  smallBelow?: number;
  /** When it aborts, the server ends the statement. */
  signal?: AbortSignal | undefined;
}

/** Ends a statement on the server when its caller has gone. */
export function untilAborted({ signal }: ReadRange) {
  return { signal, inflightQueryAbortStrategy: 'cancel query' } as const;
}

export type ViewFigure = ViewColumn | 'total_views';
export type Views = Record<ViewFigure, number>;
export const VIEWS: readonly ViewFigure[] = [...VIEW_COLUMNS, 'total_views'];

/**
 * The sums of views as a statement selects them. As floating-point numbers, which have whole numbers up to 2^53
 * exactly: the server adds them up twice as fast as its decimals.
 */
export const VIEW_SUMS = sql.join(
  VIEWS.map((views) => sql`SUM(${sql.ref(views)} + 0e0) AS ${sql.ref(views)}`),
);
export type ViewSums = Record<ViewFigure, number | string | null>;

export function viewsOf(row: ViewSums): Views {
  return views((kind) => Number(row[kind] ?? 0));
}

export const NO_VIEWS = Object.fromEntries(VIEWS.map((views) => [views, 0])) as Views;

export function addedViews(a: Views, b: Views): Views {
  return views((kind) => a[kind] + b[kind]);
}

export function viewsTogether(sums: readonly Views[]): Views {
  return views((kind) => {
    let sum = 0;
    for (const of of sums) sum += of[kind];
    return sum;
  });
}

/** Not from entries: a summary makes thousands of these. */
function views(numberOf: (kind: ViewFigure) => number): Views {
  const all: Partial<Views> = {};
  for (const kind of VIEWS) all[kind] = numberOf(kind);
  return all as Views;
}

/** The daily rows of some dates within the scope of a range, as a table of a statement. */
export function rowsOf({ snapshot, scope }: ReadRange, dates: readonly Interval[]): RawBuilder<unknown> {
  const rows = visibleUserActivity(snapshot, scope).selectAll('activity').where(ofDates(dates));
  return sql`${rows}`;
}

/** Whether a row's `extraction_date` is one of these dates. */
export function ofDates(dates: readonly Interval[]) {
  const any = dates.map(({ from, to }) => sql`extraction_date BETWEEN ${from} AND ${to}`);
  return sql<SqlBool>`(${sql.join(any, sql` OR `)})`;
}
