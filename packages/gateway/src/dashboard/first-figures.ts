import { isDate } from '@etl/core';
import type { Caller } from '../authentication/caller.ts';

const COMPARISONS: Record<string, string | undefined> = { previous: 'previous', year: 'year', none: '' };

/**
 * The first call for figures of the view with this address, exactly as the dashboard makes it: of another address the
 * browser would load both. Undefined if the address does not say all of it, or has a value that the dashboard ignores.
 */
export function firstFigures(
  [view, ...rest]: readonly string[],
  query: URLSearchParams,
  role?: Caller['role'],
): string | undefined {
  const { from = '', to = '', compare = 'previous', category = '' } = Object.fromEntries(query);
  const known = Object.hasOwn(COMPARISONS, compare) ? COMPARISONS[compare] : undefined;
  const areDates = [from, to].every((date) => date === '' || isDate(date));
  if (known === undefined || !areDates) return undefined;
  const range = { from, to, compare: known };
  const [course = ''] = rest;
  // Viewers get no list there.
  const hasCategories = view === 'explore' || (view === 'view-as' && role === 'administrator');
  if (hasCategories && rest.length === 0) return addressOf('categories', { ...range, parent: category });
  if (view === 'courses' && rest.length === 1 && /^[1-9]\d*$/.test(course))
    return addressOf(`courses/${course}`, range);
  return undefined;
}

function addressOf(call: string, query: Record<string, string>): string {
  const given = Object.entries(query).filter(([, value]) => value !== '');
  const text = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return text === '' ? call : `${call}?${text}`;
}
