import { useRunsOf } from '../../api/run-queries.ts';
import type { DayReport, Me } from '../../api/types.ts';
import { Panel } from '../../shell/panel.tsx';
import { useLanguage } from '../../words/language.tsx';
import { Later, LedgerBar, Restatements } from '../explain/lazy.tsx';
import { Actions } from './actions.tsx';
import { FormerRuns } from './former-runs.tsx';
import { RunDetails } from './run-details.tsx';
import { runsOf } from './runs-of.ts';

/** A date: the state of its figures, its newest run, and the runs before. */
export function DayPanel({ date, day, me }: { date: string; day: DayReport | undefined; me: Me }) {
  const { words, formats } = useLanguage();
  const result = useRunsOf(date);
  return (
    <Panel
      title={formats.fullDate(date)}
      about={day && <Figures day={day} me={me} />}
      result={result}
      rows={18}
    >
      {({ data, timestamp }) => {
        const [newest, ...former] = runsOf(data);
        return (
          <>
            {newest ? (
              <RunDetails run={newest} answeredAt={timestamp} me={me} />
            ) : (
              <p class="empty">{words.runs.noRun}</p>
            )}
            {me.role === 'administrator' && <Actions date={date} day={day} newest={newest} />}
            {former.length > 0 && <FormerRuns runs={former} me={me} />}
            {day?.restated_at && (
              <Later>
                <Restatements date={date} me={me} />
              </Later>
            )}
            {me.role === 'administrator' && day && day.total_views !== null && (
              <Later>
                <LedgerBar date={date} />
              </Later>
            )}
          </>
        );
      }}
    </Panel>
  );
}

/** What the figures of the date are, and of which moment. */
function Figures({ day, me }: { day: DayReport; me: Me }) {
  const { words, formats } = useLanguage();
  const { runs, figures } = words;
  const at = (time: string) => formats.moment(time, me.time_zone);
  const facts = [
    runs.stateOf(figures.states[day.state]),
    day.total_views !== null && `${figures.metrics.total_views}: ${formats.count(day.total_views)}`,
    day.completed_at && runs.countedAt(at(day.completed_at)),
    day.restated_at && runs.restatedAt(at(day.restated_at)),
    day.user_counts_as_of && runs.enrolmentsAt(at(day.user_counts_as_of)),
    day.state !== 'final' && day.due_at && runs.dueAt(at(day.due_at)),
  ];
  return <>{facts.filter(Boolean).join(' · ')}</>;
}
