/** Calendar days as the API writes them, `YYYY-MM-DD`. They have no zone: a day is a square of the calendar. */

const DAY_MS = 86_400_000;

/** A moment of that day for `Intl`, in UTC. */
export function atNoon(date: string): Date {
  return new Date(`${date}T12:00:00Z`);
}

export function addDays(date: string, days: number): string {
  return new Date(atNoon(date).getTime() + days * DAY_MS).toISOString().slice(0, 10);
}

/** How many days a range has, both ends included. */
export function daysIn(from: string, to: string): number {
  return Math.round((atNoon(to).getTime() - atNoon(from).getTime()) / DAY_MS) + 1;
}

/** Whether a text is a day of the calendar: there is no 30 February. */
export function isDate(text: string | undefined): text is string {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const moment = atNoon(text);
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(text);
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** Today in a zone. */
export function todayIn(timeZone: string, now = new Date()): string {
  // Making a formatter takes far longer than using it.
  const clock = clocks.get(timeZone) ?? new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  clocks.set(timeZone, clock);
  return clock.format(now);
}
