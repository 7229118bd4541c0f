import { useCallback, useMemo } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import type { Comparison, Metric } from '../api/types.ts';
import { isDate } from '../dates.ts';
import { en } from '../words/en.ts';

/** Every state of a view is in its address: `?from&to&compare&metric`, and what a view adds. */
export interface Shown {
  from?: string;
  to?: string;
  compare: Comparison | 'none';
  metric: Metric;
}

export const BASE = '/app';

const COMPARISONS = ['previous', 'year', 'none'] as const;
const DEFAULT: Pick<Shown, 'compare' | 'metric'> = { compare: 'previous', metric: 'total_views' };

/** What the address shows. An unknown value is the default. */
export function useShown(): Shown {
  const { query } = useLocation();
  const { from, to, compare, metric } = query;
  return useMemo(
    () => ({
      ...(isDate(from) && { from }),
      ...(isDate(to) && { to }),
      compare: COMPARISONS.find((known) => known === compare) ?? DEFAULT.compare,
      metric: metric !== undefined && metric in en.figures.metrics ? (metric as Metric) : DEFAULT.metric,
    }),
    [from, to, compare, metric],
  );
}

/** The part of a call's query that all views share. */
export function rangeOf({ from, to, compare }: Shown) {
  return { ...(from && { from }), ...(to && { to }), ...(compare !== 'none' && { compare }) };
}

type Changes = Record<string, string | undefined>;

/**
 * Addresses of this page. `hrefTo` keeps dates, comparison and figure, so that a link shows the same range.
 * `change` goes to the same view with other values.
 */
export function useAddress() {
  const { path, query, route } = useLocation();
  const { from, to, compare, metric } = query;
  // It stays the same while these do, so that pictures and tables with links are not drawn again.
  const hrefTo = useCallback(
    (view: string, changes: Changes = {}) => BASE + view + textOf({ from, to, compare, metric, ...changes }),
    [from, to, compare, metric],
  );
  return useMemo(() => {
    const hrefWith = (changes: Changes) => path + textOf({ ...query, ...changes });
    return { hrefTo, hrefWith, change: (changes: Changes) => route(hrefWith(changes)) };
  }, [path, query, route, hrefTo]);
}

function textOf(values: Changes): string {
  const shown = { ...values };
  for (const [name, value] of Object.entries(DEFAULT)) if (shown[name] === value) delete shown[name];
  const given = Object.entries(shown).filter((entry): entry is [string, string] => Boolean(entry[1]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

/** How an address names a category. An idnumber comes first: another category may have this id as its idnumber. */
export function categoryKey({
  id,
  idnumber,
}: {
  id: number | string | null;
  idnumber: string | null;
}): string {
  return idnumber || String(id);
}

/** The address of a category in Explore. Courses right in a category, and what is gone, have none. */
export function useCategoryHref() {
  const { hrefTo } = useAddress();
  return useCallback(
    (part: { id: number | string | null; idnumber: string | null; is_parent: boolean }) =>
      part.id === null || part.is_parent ? undefined : hrefTo('/explore', { category: categoryKey(part) }),
    [hrefTo],
  );
}
