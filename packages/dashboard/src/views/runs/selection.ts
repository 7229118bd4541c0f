import { useLocation } from 'preact-iso/router';
import type { Me } from '../../api/types.ts';
import { addDays, daysIn, isDate } from '../../dates.ts';
import { useAddress } from '../../shell/address.ts';
import { LENGTH, lastOfCalendar } from './last-of-calendar.ts';

/** The selected days and the dates of the calendar: both are in the address (`date`, `last`, `until`). */
export function useSelection(
  today: string,
  {
    last_final_date: newestFinal,
    last_completed_date: newest,
  }: Pick<Me, 'last_final_date' | 'last_completed_date'>,
) {
  const { query } = useLocation();
  const { change, hrefWith } = useAddress();
  const until = lastOfCalendar(query, today);
  const from = addDays(until, 1 - LENGTH);
  const date = isDate(query.date) ? query.date : (newestFinal ?? today);
  // A selection that the calendar does not show as a whole is its first day only: a preview must be complete.
  const isShown = (day: string) => day >= from && day <= until;
  const last = isDate(query.last) && isShown(query.last) && isShown(date) ? query.last : date;
  const [first, end] = date <= last ? [date, last] : [last, date];
  const calendarUntil = (day: string) => {
    const isDefault = day >= today && date > addDays(today, -LENGTH);
    return hrefWith({ until: isDefault ? undefined : earlier(day, today), last: undefined });
  };
  return {
    calendar: { from, to: until },
    date,
    first,
    end,
    count: daysIn(first, end),
    isSelected: (day: string) => day >= first && day <= end,
    hrefOf: (day: string) => hrefWith({ date: day, last: undefined }),
    earlier: calendarUntil(addDays(from, -1)),
    later: until < today ? calendarUntil(addDays(until, LENGTH)) : undefined,
    /** The newest date with figures, if it is before the dates of the calendar, and the weeks that end with it. */
    before: newest && newest < from ? { newest, href: calendarUntil(newest) } : undefined,
    choose: (day: string, { extend }: { extend: boolean }) =>
      change(extend ? { date, last: day } : { date: day, last: undefined }),
    clear: () => change({ date, last: undefined }),
  };
}

const earlier = (a: string, b: string) => (a < b ? a : b);

export type Selection = ReturnType<typeof useSelection>;
