import { addDays, daysIn, isDate } from '../../dates.ts';

/** The days of the calendar: twelve weeks. */
export const LENGTH = 12 * 7;

/**
 * The last date of the calendar. Without `until` it is today, so that no night that failed is hidden. A link to an
 * older date shows the weeks of that date.
 */
export function lastOfCalendar({ until, date }: Record<string, string | undefined>, today: string): string {
  if (isDate(until)) return until < today ? until : today;
  if (!isDate(date) || date > today) return today;
  const pages = Math.floor((daysIn(date, today) - 1) / LENGTH);
  return addDays(today, -pages * LENGTH);
}
