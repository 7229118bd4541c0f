import { VIEW_COLUMNS, type ViewColumn } from '@etl/core';
import { type RawBuilder, sql } from 'kysely';
import { type Scope, visibleUserActivity } from '../scope.ts';
import type { Warehouse } from '../warehouse.ts';

/** What to read: the rows of these dates, both included, within this scope, on this snapshot. */
export interface ReadRange {
  snapshot: Warehouse;
  scope: Scope;
  from: string;
  to: string;
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

/** The sums of views as a statement selects them. */
export const VIEW_SUMS = sql.join(VIEWS.map((views) => sql`SUM(${sql.ref(views)}) AS ${sql.ref(views)}`));
export type ViewSums = Record<ViewFigure, number | string | null>;

export function viewsOf(row: ViewSums): Views {
  return Object.fromEntries(VIEWS.map((views) => [views, Number(row[views] ?? 0)])) as Views;
}

/** The daily rows of a range, as a table of a statement. */
export function rowsOf({ snapshot, scope, from, to }: ReadRange): RawBuilder<unknown> {
  const rows = visibleUserActivity(snapshot, scope)
    .selectAll('activity')
    .where('extraction_date', '>=', from)
    .where('extraction_date', '<=', to);
  return sql`${rows}`;
}
