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

export function isDate(text: string | undefined): text is string {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(atNoon(text).getTime());
}

/** Today in a zone. */
export function todayIn(timeZone: string, now = new Date()): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(now);
}
