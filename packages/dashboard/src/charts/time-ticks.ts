import { addDays, atNoon, daysIn } from '../dates.ts';

export interface TimeTick {
  date: string;
  text: string;
}

/** The least distance of two labels, in CSS pixels. */
const TICK_WIDTH = 56;

const MONTH_STEPS = [1, 2, 3, 6, 12];

/** The labels of an axis from `from` to `to`: days, Mondays, or first days of months, as many as fit. */
export function timeTicks(from: string, to: string, width: number, locale: string): TimeTick[] {
  const most = Math.max(2, Math.floor(width / TICK_WIDTH));
  const days = daysIn(from, to);
  if (days <= most)
    return dayTicks(
      Array.from({ length: days }, (_, index) => addDays(from, index)),
      locale,
    );
  const mondays = mondaysIn(from, days);
  for (const step of [1, 2]) {
    const kept = mondays.filter((_, index) => index % step === 0);
    if (kept.length <= most) return dayTicks(kept, locale);
  }
  const firsts = firstsOfMonths(from, to);
  const step = MONTH_STEPS.find((months) => everyMonths(firsts, months).length <= most) ?? 12;
  return monthTicks(everyMonths(firsts, step), locale);
}

function dayTicks(dates: readonly string[], locale: string): TimeTick[] {
  const format = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  return dates.map((date) => ({ date, text: format.format(atNoon(date)) }));
}

/** The year stands below the first label and below each January. */
function monthTicks(dates: readonly string[], locale: string): TimeTick[] {
  const format = new Intl.DateTimeFormat(locale, { month: 'short', timeZone: 'UTC' });
  return dates.map((date, index) => {
    const month = format.format(atNoon(date));
    const isNewYear = index === 0 || date.slice(0, 4) !== dates[index - 1]?.slice(0, 4);
    return { date, text: isNewYear ? `${month}\n${date.slice(0, 4)}` : month };
  });
}

function mondaysIn(from: string, days: number): string[] {
  const first = addDays(from, (8 - atNoon(from).getUTCDay()) % 7);
  const past = daysIn(from, first) - 1;
  return Array.from({ length: Math.max(0, Math.ceil((days - past) / 7)) }, (_, week) =>
    addDays(first, week * 7),
  );
}

function firstsOfMonths(from: string, to: string): string[] {
  const firsts: string[] = [];
  const [year = 0, month = 0] = from.split('-').map(Number);
  for (let index = year * 12 + month - 1; ; index++) {
    const first = `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}-01`;
    if (first > to) return firsts;
    if (first >= from) firsts.push(first);
  }
}

function everyMonths(firsts: readonly string[], months: number): string[] {
  return firsts.filter((date) => (Number(date.slice(5, 7)) - 1) % months === 0);
}
