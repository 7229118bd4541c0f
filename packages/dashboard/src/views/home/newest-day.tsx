import { useDays } from '../../api/queries.ts';
import type { DayReport, Me } from '../../api/types.ts';
import { addDays, todayIn } from '../../dates.ts';
import { useAddress } from '../../shell/address.ts';
import { useLanguage } from '../../words/language.tsx';

/** The heat map shows the year that ends at the newest final date, so that both need one call. */
const YEAR = 364;

/** Late dates are newer than the newest final one. The call for the year has these as well. */
const DAYS_AFTER = 31;

/** The most dates that a call answers. */
const MOST_DAYS = 1100;

/** The states of the year's dates, and of those that came after it. */
export function useYear(me: Me | undefined) {
  const newest = me?.last_final_date ?? me?.last_completed_date;
  const today = me && todayIn(me.time_zone);
  const query =
    newest && today
      ? { from: addDays(newest, 1 - YEAR), to: earlier(addDays(newest, DAYS_AFTER), today) }
      : {};
  return useDays(query, newest != null);
}

/** The states of the dates after those of the year, up to today: in a long outage, last night is one of them. */
function useLater(me: Me | undefined, isYearThere: boolean): readonly DayReport[] {
  const newest = me?.last_final_date ?? me?.last_completed_date;
  const to = me && todayIn(me.time_zone);
  const first = newest && addDays(newest, DAYS_AFTER + 1);
  const isLong = first != null && to !== undefined && first <= to;
  const query = isLong ? { from: later(first, addDays(to, 1 - MOST_DAYS)), to } : {};
  const { data, isPlaceholderData } = useDays(query, isLong && isYearThere);
  return isLong && !isPlaceholderData ? (data ?? []) : [];
}

const earlier = (a: string, b: string) => (a < b ? a : b);
const later = (a: string, b: string) => (a > b ? a : b);

/** One sentence on the newest final day, and what needs attention. */
export function NewestDay({ me }: { me: Me | undefined }) {
  const { words, formats } = useLanguage();
  const days = useYear(me).data;
  const afterwards = useLater(me, days !== undefined);
  const date = me?.last_final_date;
  const at = days?.findLast(({ extraction_date }) => extraction_date === date)?.completed_at;
  const sentence = () => {
    if (!me || !date) return words.home.title;
    const time = at ? formats.moment(at, me.time_zone) : undefined;
    return words.home.final(formats.fullDate(date), time);
  };
  return (
    <>
      <h1 key={date}>{sentence()}</h1>
      {me && days && <Attention days={[...days, ...afterwards]} me={me} />}
    </>
  );
}

const MOST_SHOWN = 5;

/** Late dates, as links to their runs, the newest first. Administrators also see dates whose last run failed: viewers can do nothing about them. */
function Attention({ days, me }: { days: readonly DayReport[]; me: Me }) {
  const { words, formats } = useLanguage();
  const { hrefTo } = useAddress();
  const hasFailed = ({ last_run }: DayReport) => me.role === 'administrator' && last_run?.status === 'failed';
  const found = days.filter((day) => day.late || hasFailed(day)).toReversed();
  if (found.length === 0) return null;
  return (
    <section class="attention" aria-label={words.home.attention}>
      <h2>{words.home.attention}</h2>
      <ul>
        {found.slice(0, MOST_SHOWN).map((day) => {
          const { extraction_date: date, late, due_at: due } = day;
          return (
            <li key={date}>
              <a href={hrefTo('/runs', { date })}>
                {late && due && words.home.lateDate(formats.date(date), formats.moment(due, me.time_zone))}{' '}
                {hasFailed(day) && words.home.failedDate(formats.date(date))}
              </a>
            </li>
          );
        })}
        {found.length > MOST_SHOWN && <li>{words.home.more(formats.count(found.length - MOST_SHOWN))}</li>}
      </ul>
    </section>
  );
}
