import { countDates } from '@etl/core';
import type { DateRange } from '@etl/warehouse';

interface DatesOfRange {
  missingDates: readonly string[];
  provisionalDates?: readonly string[];
  settingsDifferDates?: readonly string[];
}

/** More dates than this are counted, not named. */
const MOST_NAMED = 5;

/** Which dates a table is about, and what to know about their figures. */
export function remarksOn(
  { from, to }: DateRange,
  asked: { to?: string | undefined },
  { missingDates, provisionalDates = [], settingsDifferDates = [] }: DatesOfRange,
): string {
  const days = countDates(from, to);
  const newest = asked.to === undefined ? ', up to the newest final date' : '';
  return [
    `${from} to ${to}: ${days} day${days === 1 ? '' : 's'}${newest}`,
    ...named('Missing, so not in the figures', missingDates),
    ...named('Provisional, extracted before the day had ended', provisionalDates),
    ...named('Made with other settings', settingsDifferDates),
  ].join('\n');
}

function named(what: string, dates: readonly string[]): string[] {
  if (dates.length === 0) return [];
  const some = dates.slice(0, MOST_NAMED).join(', ');
  const rest = dates.length - MOST_NAMED;
  return [`${what}: ${some}${rest > 0 ? ` and ${rest} more` : ''}`];
}
