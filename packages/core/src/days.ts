import { wrongField } from './errors.ts';

/** A calendar day of the institution's zone. */
export interface Day {
  /** `YYYY-MM-DD`. */
  date: string;
  /** IANA name of the zone in which the day begins and ends. */
  timeZone: string;
  /** Its first second, in epoch seconds. */
  start: number;
  /** The first second of the next day, in epoch seconds: the day is `start <= t < end`. */
  end: number;
}

/** Moodle stores times as seconds since then. */
const FIRST_DATE = '1970-01-01';

/** Returns the date if it is a real one in the form YYYY-MM-DD. Throws INVALID_REQUEST, which names the field. */
export function parseDate(text: string, field = 'date'): string {
  if (!isDate(text)) throw wrongField(field, notADate(text));
  return text;
}

/** What is wrong with a text for which `isDate` is false. */
export function notADate(text: string): string {
  return `"${text}" is not a date in the form YYYY-MM-DD`;
}

/** Whether a text is a real date in the form YYYY-MM-DD, since 1970. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || text < FIRST_DATE) return false;
  try {
    Temporal.PlainDate.from(text, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}

/** Returns the date if it is a real one and has begun. Throws INVALID_REQUEST, which names the field. */
export function parsePastOrPresentDate(text: string, timeZone: string, now: Date, field = 'date'): string {
  const date = parseDate(text, field);
  const current = today(timeZone, now);
  if (date > current) {
    throw wrongField(field, `${date} is in the future: today is ${current} in ${timeZone}`);
  }
  return date;
}

/** The bounds of a day. It can have 23, 24 or 25 hours, and zones can change their clocks at midnight. */
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

/** The date `days` later, or earlier if `days` is negative. */
export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

/** Every date from `from` to `to`, both included; none if `to` is the earlier one. */
export function datesBetween(from: string, to: string): string[] {
  const first = Temporal.PlainDate.from(from);
  // By number: from the year 10000 on, dates do not sort as texts.
  const count = Math.max(countDates(from, to), 0);
  return Array.from({ length: count }, (_, days) => first.add({ days }).toString());
}

/** The number of dates from `from` to `to`, both included, computed in constant time. */
export function countDates(from: string, to: string): number {
  return Temporal.PlainDate.from(from).until(to, { largestUnit: 'day' }).days + 1;
}

/** `YYYY-MM-DD HH:MM:SS` of an instant in a zone. */
export function clockTime(instant: Date, timeZone: string): string {
  const local = zoned(instant, timeZone).toPlainDateTime();
  return local.toString({ smallestUnit: 'second' }).replace('T', ' ');
}

/** Whether Node knows an IANA zone of that name. */
export function isTimeZone(name: string): boolean {
  try {
    zoned(new Date(0), name);
    // Node accepts an offset such as +07:00, too. An offset is no zone: it has no clock changes.
    return !/^[+-]/.test(name);
  } catch {
    return false;
  }
}

function zoned(instant: Date, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(instant.getTime()).toZonedDateTimeISO(timeZone);
}
