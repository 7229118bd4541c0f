import { atNoon } from '../dates.ts';

/** Numbers and dates as people of a language write them. Dates are texts of the API: `YYYY-MM-DD`. */
export interface Formats {
  locale: string;
  /** 12,345 */
  count(value: number): string;
  /** 12K */
  short(value: number): string;
  /** 1.75 */
  average(value: number): string;
  /** +12.5%, or a dash if there is nothing to compare. */
  change(value: number | null): string;
  /** 12.5% */
  share(value: number): string;
  /** 15 Jan 2024 */
  date(date: string): string;
  /** Monday 15 January 2024 */
  fullDate(date: string): string;
  /** Mon 15 Jan */
  shortDate(date: string): string;
  /** 1–28 Jan 2024 */
  range(from: string, to: string): string;
  /** A time of the API: 16 Jan 2024, 02:00 WIB */
  moment(time: string, timeZone: string): string;
  /** WIB */
  zone(timeZone: string, date: string): string;
  /** A, B and C */
  list(items: readonly string[]): string;
}

const UTC = { timeZone: 'UTC' } as const;

export function formatsOf(locale: string): Formats {
  const number = (options: Intl.NumberFormatOptions) => {
    const format = once(() => new Intl.NumberFormat(locale, options));
    return (value: number) => format().format(value);
  };
  const day = (options: Intl.DateTimeFormatOptions) => {
    const format = once(() => new Intl.DateTimeFormat(locale, { ...options, ...UTC }));
    return (date: string) => format().format(atNoon(date));
  };
  const range = once(
    () => new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', ...UTC }),
  );
  const moment = once(
    () =>
      new Intl.DateTimeFormat(locale, {
        day: 'numeric',
        month: 'short',
        year: 'numeric',
        hour: '2-digit',
        minute: '2-digit',
        ...UTC,
      }),
  );
  const list = once(() => new Intl.ListFormat(locale));
  const ratio = number({
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  });
  return {
    locale,
    count: number({ maximumFractionDigits: 0 }),
    short: number({ notation: 'compact', maximumFractionDigits: 1 }),
    average: number({ minimumFractionDigits: 2, maximumFractionDigits: 2 }),
    change: (value) => (value === null ? '–' : ratio(value)),
    share: number({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    date: day({ day: 'numeric', month: 'short', year: 'numeric' }),
    fullDate: day({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' }),
    shortDate: day({ weekday: 'short', day: 'numeric', month: 'short' }),
    range: (from, to) => range().formatRange(atNoon(from), atNoon(to)),
    moment: (time, timeZone) =>
      `${moment().format(new Date(`${time.replace(' ', 'T')}Z`))} ${zoneName(locale, timeZone, time.slice(0, 10))}`,
    zone: (timeZone, date) => zoneName(locale, timeZone, date),
    list: (items) => list().format(items),
  };
}

/** Making a formatter takes far longer than using it: each is made when it is first needed, and once. */
function once<Format>(make: () => Format): () => Format {
  let made: Format | undefined;
  return () => (made ??= make());
}

const zoneNames = new Map<string, string>();

/** A zone has another name in summer: it is kept for each date. */
function zoneName(locale: string, timeZone: string, date: string): string {
  const key = `${locale} ${timeZone} ${date}`;
  const name = zoneNames.get(key) ?? findZoneName(locale, timeZone, date);
  zoneNames.set(key, name);
  return name;
}

/** Indonesia's zones have names in Indonesia's English and Indonesian, which are also known in other languages. */
function findZoneName(locale: string, timeZone: string, date: string): string {
  const names = [locale, 'en-ID', 'en-US'].map(
    (tag) =>
      new Intl.DateTimeFormat(tag, { timeZone, timeZoneName: 'short' })
        .formatToParts(atNoon(date))
        .find(({ type }) => type === 'timeZoneName')?.value ?? timeZone,
  );
  return names.find((name) => !/^(GMT|UTC)[+-−]/.test(name)) ?? names[0] ?? timeZone;
}
