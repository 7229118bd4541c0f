import { mapInSlices } from '@etl/core';
import { FIGURES, type RolledUp } from './roll-up.ts';

export const ORDERS = ['asc', 'desc'] as const;
export type Order = (typeof ORDERS)[number];

/** What groups can be sorted by: a figure, or the name of the group. */
export const SUMMARY_SORTS = ['name', ...FIGURES] as const;
export type SummarySort = (typeof SUMMARY_SORTS)[number];

/** The wanted groups. Without `sort` they keep their order, which is that of their ids or dates. */
export interface WantedGroups {
  sort?: SummarySort | undefined;
  order?: Order | undefined;
  limit: number;
  offset: number;
}

/** What to sort a group by, and how to make it. */
interface GroupKind<Group> {
  figuresOf(group: Group): RolledUp;
  /** The names of these groups. */
  namesOf(groups: readonly Group[]): Promise<ReadonlyMap<Group, string>>;
}

/** The groups of the wanted page with their figures. Figures of other groups are made only if they decide the order. */
export async function wantedGroups<Group>(
  groups: readonly Group[],
  { figuresOf, namesOf }: GroupKind<Group>,
  { sort, order = 'asc', limit, offset }: WantedGroups,
): Promise<{ group: Group; figures: RolledUp }[]> {
  const withFigures = (some: readonly Group[]) =>
    mapInSlices(some, (group) => ({ group, figures: figuresOf(group) }));
  const cut = <Of>(all: readonly Of[]) => all.slice(offset, offset + limit);
  if (sort === undefined) return withFigures(cut(groups));
  if (sort === 'name') {
    const names = await namesOf(groups);
    return withFigures(cut(groups.toSorted(inOrder(order, (group) => names.get(group) ?? null))));
  }
  return cut((await withFigures(groups)).toSorted(inOrder(order, ({ figures }) => figures[sort])));
}

const collator = new Intl.Collator('en', { numeric: true });

/**
 * Compares by a text or a number. What has none comes last in both orders. Equal ones keep their order, as sorting is
 * stable.
 */
export function inOrder<Of>(order: Order, keyOf: (one: Of) => string | number | null) {
  const direction = order === 'asc' ? 1 : -1;
  return (a: Of, b: Of): number => {
    const [x, y] = [keyOf(a), keyOf(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return direction * (typeof x === 'string' ? collator.compare(x, String(y)) : x - Number(y));
  };
}
