import type { DayReport, Me } from '../../api/types.ts';
import { StateCalendar, StateLegend } from '../../charts/calendar/state-calendar.tsx';
import { runSign, statesTable } from '../../charts/calendar/table.ts';
import { Twin } from '../../charts/twin.tsx';
import { Panel, type Result } from '../../shell/panel.tsx';
import { useLanguage } from '../../words/language.tsx';
import type { Selection } from './selection.ts';

interface CalendarPanelProps {
  result: Result<DayReport[]>;
  selection: Selection;
  me: Me;
}

/** The calendar of states, and links to the dates that need attention. */
export function CalendarPanel({ result, selection, me }: CalendarPanelProps) {
  const { words, formats } = useLanguage();
  const { runs } = words;
  const zone = formats.zone(me.time_zone, selection.date);
  return (
    <Panel
      title={runs.calendar}
      about={`${runs.calendarAbout(zone)}${me.role === 'administrator' ? ` ${runs.severalHint}` : ''}`}
      result={result}
      rows={18}
      table={(days) => <Twin caption={runs.calendar} table={statesTable(days, { words, formats })} />}
    >
      {(days) => (
        <>
          <p class="calendar-pages">
            <a href={selection.earlier}>← {runs.earlier}</a>
            <span>{formats.range(selection.calendar.from, selection.calendar.to)}</span>
            {selection.later && <a href={selection.later}>{runs.later} →</a>}
          </p>
          {selection.before && (
            <p>
              {runs.figuresEnd(formats.fullDate(selection.before.newest))}{' '}
              <a href={selection.before.href}>{runs.figuresEndLink}</a>
            </p>
          )}
          <StateCalendar
            days={days}
            caption={runs.calendar}
            isSelected={selection.isSelected}
            onChoose={selection.choose}
          />
          <StateLegend />
          <Attention days={days} selection={selection} />
        </>
      )}
    </Panel>
  );
}

/** Dates without a final result that a person should look at, the newest first. */
function Attention({ days, selection }: { days: readonly DayReport[]; selection: Selection }) {
  const { words, formats } = useLanguage();
  const found = days.filter((day) => day.late || runSign(day) === 'failed').toReversed();
  if (found.length === 0) return null;
  return (
    <section class="attention" aria-label={words.runs.attention(found.length)}>
      <h3>{words.runs.attention(found.length)}</h3>
      <ul class="dates">
        {found.map(({ extraction_date: date }) => (
          <li key={date}>
            <a href={selection.hrefOf(date)} aria-current={date === selection.date ? 'true' : undefined}>
              {formats.shortDate(date)}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
