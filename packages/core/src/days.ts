import { EtlError } from './errors.ts';

/** A calendar day of the institution's zone. */
export interface Day {
  /** `YYYY-MM-DD`. */
  date: string;
  /** IANA name of the zone that decides when the day begins and ends. */
  timeZone: string;
  /** Its first second, in epoch seconds. */
  start: number;
  /** The first second of the next day, in epoch seconds: the day is `start <= t < end`. */
  end: number;
}

/** Moodle counts time from here, and nothing of interest is older. */
const FIRST_DATE = '1970-01-01';

/** The date as given, if it is a real one in the form YYYY-MM-DD. Throws INVALID_REQUEST. */
export function parseDate(text: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || !isRealDate(text) || text < FIRST_DATE) {
    throw new EtlError('INVALID_REQUEST', `"${text}" is not a date in the form YYYY-MM-DD`);
  }
  return text;
}

function isRealDate(text: string): boolean {
  try {
    Temporal.PlainDate.from(text, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}

/** The date as given, if it is a real one and has begun. Throws INVALID_REQUEST. */
export function parsePastOrPresentDate(text: string, timeZone: string, now: Date): string {
  const date = parseDate(text);
  const current = today(timeZone, now);
  if (date > current) {
    throw new EtlError('INVALID_REQUEST', `${date} is in the future: today is ${current} in ${timeZone}`);
  }
  return date;
}

/** The bounds of a day, right for days of 23, 24 and 25 hours, and for zones whose clocks change at midnight. */
export function dayOf(date: string, timeZone: string): Day {
  const plain = Temporal.PlainDate.from(date);
  const firstSecond = (day: Temporal.PlainDate) => day.toZonedDateTime(timeZone).epochMilliseconds / 1000;
  return { date, timeZone, start: firstSecond(plain), end: firstSecond(plain.add({ days: 1 })) };
}

/** Today's date in a zone. */
export function today(timeZone: string, now: Date): string {
  return zoned(now, timeZone).toPlainDate().toString();
}

/** Yesterday's date in a zone. */
export function yesterday(timeZone: string, now: Date): string {
  return zoned(now, timeZone).toPlainDate().subtract({ days: 1 }).toString();
}

/** The date so many days later, or earlier where `days` is negative. */
export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/** Every date from `from` to `to`, both included; none where `to` is the earlier one. */
export function datesBetween(from: string, to: string): string[] {
  const first = Temporal.PlainDate.from(from);
  // By their number: beyond the year 9999 dates do not compare as texts do.
  const count = Math.max(countDates(from, to), 0);
  return Array.from({ length: count }, (_, days) => first.add({ days }).toString());
}

/** How many dates there are from `from` to `to`, both included. Found at once, however far they are apart. */
export function countDates(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(to, { largestUnit: 'day' }).days + 1;
}

/** `YYYY-MM-DD HH:MM:SS` of an instant on the clocks of a zone. */
export function clockTime(instant: Date, timeZone: string): string {
  const local = zoned(instant, timeZone).toPlainDateTime();
  return local.toString({ smallestUnit: 'second' }).replace('T', ' ');
}

/** Whether this runtime knows the zone by that IANA name. */
export function isTimeZone(name: string): boolean {
  try {
    zoned(new Date(0), name);
    // An offset such as +07:00 is accepted by the runtime, but is not a zone: it knows no clock changes.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}

function zoned(instant: Date, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone);
}
