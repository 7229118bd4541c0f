import { addDays, daysIn } from '../../dates.ts';
import { mondayOf } from '../weeks/by-week.ts';

/** A week from Monday. A day outside the range is null. */
export interface CalendarWeek {
  monday: string;
  dates: (string | null)[];
}

export function weeksOf(from: string, to: string): CalendarWeek[] {
  const first = mondayOf(from);
  const count = Math.ceil(daysIn(first, to) / 7);
  return Array.from({ length: count }, (_, week) => {
    const monday = addDays(first, week * 7);
    const dates = Array.from({ length: 7 }, (_, day) => addDays(monday, day));
    return { monday, dates: dates.map((date) => (date < from || date > to ? null : date)) };
  });
}

/** The day that an arrow key leads to, within the range; null for other keys. Weeks are columns or rows. */
export function dayAfterKey(
  key: string,
  date: string,
  { from, to, areWeeksColumns }: { from: string; to: string; areWeeksColumns: boolean },
): string | null {
  const [day, week] = areWeeksColumns
    ? (['ArrowUp ArrowDown', 'ArrowLeft ArrowRight'] as const)
    : (['ArrowLeft ArrowRight', 'ArrowUp ArrowDown'] as const);
  const step = (keys: string, days: number) => {
    const place = keys.split(' ').indexOf(key);
    return place === -1 ? 0 : place === 0 ? -days : days;
  };
  const moved = key === 'Home' ? from : key === 'End' ? to : addDays(date, step(day, 1) + step(week, 7));
  const isKnown = [...day.split(' '), ...week.split(' '), 'Home', 'End'].includes(key);
  if (!isKnown) return null;
  return moved < from || moved > to ? date : moved;
}
