import type { DateRange } from './asked-range.ts';
import type { IntervalUnit } from './counterpart.ts';

/** The dates of a calendar interval that are within a range. */
export interface CutInterval extends DateRange {
  /** The range cuts the calendar interval off. */
  partial: boolean;
}

/** The range in days, weeks (from Monday) or months, in the order of the dates. */
export function intervalsOf({ from, to }: DateRange, unit: IntervalUnit): CutInterval[] {
  const end = Temporal.PlainDate.from(to);
  const all: CutInterval[] = [];
  let date = Temporal.PlainDate.from(from);
  while (Temporal.PlainDate.compare(date, end) <= 0) {
    const [first, last] = boundsOf(date, unit);
    const isCutOff = Temporal.PlainDate.compare(last, end) > 0;
    all.push({
      from: date.toString(),
      to: (isCutOff ? end : last).toString(),
      partial: isCutOff || !first.equals(date),
    });
    date = last.add({ days: 1 });
  }
  return all;
}

/** The first and the last date of the interval that a date is in. */
function boundsOf(date: Temporal.PlainDate, unit: IntervalUnit): [Temporal.PlainDate, Temporal.PlainDate] {
  switch (unit) {
    case 'day':
      return [date, date];
    case 'week':
      return [date.subtract({ days: date.dayOfWeek - 1 }), date.add({ days: 7 - date.dayOfWeek })];
    case 'month':
      return [date.with({ day: 1 }), date.with({ day: date.daysInMonth })];
  }
}
