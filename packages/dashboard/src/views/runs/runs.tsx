import { useMe } from '../../api/queries.ts';
import { useLiveDays, useStatus } from '../../api/run-queries.ts';
import type { DayReport, Me } from '../../api/types.ts';
import { todayIn } from '../../dates.ts';
import { useConnection } from '../../shell/live.tsx';
import { Failure } from '../../shell/panel.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { useLanguage } from '../../words/language.tsx';
import { CalendarPanel } from './calendar-panel.tsx';
import { DayPanel } from './day-panel.tsx';
import { useSelection } from './selection.ts';
import { SeveralDays } from './several-days.tsx';

/** `/app/runs`: the states of dates, the runs of one of them, and for administrators what can be done. */
export function Runs() {
  const { words } = useLanguage();
  useTitle(words.runs.title);
  const me = useMe();
  if (me.error && !me.data) return <Failure error={me.error} retry={me.refetch} />;
  return (
    <>
      <div class="heading">
        <h1>{words.runs.title}</h1>
        <Connection />
      </div>
      {me.data && <Known me={me.data} />}
    </>
  );
}

function Known({ me }: { me: Me }) {
  const selection = useSelection(todayIn(me.time_zone), me);
  const days = useLiveDays(selection.calendar);
  const byDate = new Map((days.data ?? []).map((day) => [day.extraction_date, day]));
  const day = byDate.get(selection.date);
  return (
    <>
      <NextRun me={me} />
      <div class="panels runs">
        <CalendarPanel result={days} selection={selection} me={me} />
        {selection.count > 1 && me.role === 'administrator' ? (
          <SeveralDays days={inRange(days.data, selection)} selection={selection} />
        ) : (
          <DayPanel key={selection.date} date={selection.date} day={day} me={me} />
        )}
      </div>
    </>
  );
}

function inRange(days: readonly DayReport[] | undefined, { first, end }: { first: string; end: string }) {
  return (days ?? []).filter(({ extraction_date }) => extraction_date >= first && extraction_date <= end);
}

/** When the schedule starts a run the next time, or why the page cannot tell. */
function NextRun({ me }: { me: Me }) {
  const { words, formats } = useLanguage();
  const { data, error } = useStatus();
  if (error) return <Failure error={error} hasOldFigures={data !== undefined} />;
  if (!data) return <p class="about">{'\u00a0'}</p>;
  const at = data.next_run_at;
  return (
    <p class="about">{at ? words.runs.next(formats.moment(at, me.time_zone)) : words.runs.noSchedule}</p>
  );
}

/** Says whether changes come by themselves. */
function Connection() {
  const stream = useConnection();
  const connection = useStatus().error ? 'lost' : stream;
  const { words } = useLanguage();
  return (
    <p class={`connection ${connection}`} role="status">
      {words.runs.connection[connection]}
    </p>
  );
}
