import { VIEW_KINDS } from './view-kinds.ts';

type ViewKind = (typeof VIEW_KINDS)[number];
export type ViewColumn = ViewKind['column'];

/** A number of views of each kind. */
export type ViewCounts = Record<ViewColumn, number>;

export const VIEW_COLUMNS: readonly ViewColumn[] = VIEW_KINDS.map(({ column }) => column);

/** An object with one value for each kind of view, by its column and in the order of the kinds. */
export function perViewKind<Value>(
  valueFor: (kind: ViewKind, index: number) => Value,
): Record<ViewColumn, Value> {
  // A merge makes thousands of these: no array for each entry.
  const values: Partial<Record<ViewColumn, Value>> = {};
  for (const [index, kind] of VIEW_KINDS.entries()) values[kind.column] = valueFor(kind, index);
  return values as Record<ViewColumn, Value>;
}

/** The views of all kinds together: `total_views`. */
export function totalViews(counts: ViewCounts): number {
  return VIEW_COLUMNS.reduce((sum, column) => sum + counts[column], 0);
}
