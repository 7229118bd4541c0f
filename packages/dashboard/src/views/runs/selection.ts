import { useLocation } from 'preact-iso/router';
import { addDays, daysIn, isDate } from '../../dates.ts';
import { useAddress } from '../../shell/address.ts';

/** The weeks of the calendar. */
const WEEKS = 12;

/** The selected days and the dates of the calendar: both are in the address (`date`, `last`, `until`). */
export function useSelection(today: string, newestFinal: string | null) {
  const { query } = useLocation();
  const { change, hrefWith } = useAddress();
  const until = isDate(query.until) && query.until < today ? query.until : today;
  const from = addDays(until, 1 - WEEKS * 7);
  const date = isDate(query.date) ? query.date : (newestFinal ?? today);
  // A selection that the calendar does not show as a whole is its first day only: a preview must be complete.
  const isShown = (day: string) => day >= from && day <= until;
  const last = isDate(query.last) && isShown(query.last) && isShown(date) ? query.last : date;
  const [first, end] = date <= last ? [date, last] : [last, date];
  const calendarUntil = (day: string) => hrefWith({ until: day >= today ? undefined : day, last: undefined });
  return {
    calendar: { from, to: until },
    date,
    first,
    end,
    count: daysIn(first, end),
    isSelected: (day: string) => day >= first && day <= end,
    hrefOf: (day: string) => hrefWith({ date: day, last: undefined }),
    earlier: calendarUntil(addDays(from, -1)),
    later: until < today ? calendarUntil(addDays(until, WEEKS * 7)) : undefined,
    choose: (day: string, { extend }: { extend: boolean }) =>
      change(extend ? { date, last: day } : { date: day, last: undefined }),
    clear: () => change({ date, last: undefined }),
  };
}

export type Selection = ReturnType<typeof useSelection>;
