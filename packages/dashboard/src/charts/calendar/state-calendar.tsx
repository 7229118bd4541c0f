import type { DayReport } from '../../api/types.ts';
import { useLanguage } from '../../words/language.tsx';
import { CalendarTable } from './calendar-table.tsx';
import { runSign, stateText } from './table.ts';

interface StateCalendarProps {
  days: readonly DayReport[];
  caption: string;
  isSelected(date: string): boolean;
  onChoose(date: string, options: { extend: boolean }): void;
}

/** The state of the figures of each date, and what its last run did. A click or the keyboard selects days. */
export function StateCalendar({ days, caption, isSelected, onChoose }: StateCalendarProps) {
  const spoken = useLanguage();
  const byDate = new Map(days.map((day) => [day.extraction_date, day]));
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return null;
  return (
    <CalendarTable
      from={first.extraction_date}
      to={last.extraction_date}
      caption={caption}
      areWeeksColumns={false}
      onChoose={onChoose}
      cellOf={(date) => {
        const day = byDate.get(date);
        if (!day) return { class: 'missing', text: date };
        const sign = runSign(day);
        return {
          class: `state-${day.state}${sign ? ` run-${sign}` : ''}${day.restated_at ? ' restated' : ''}`,
          text: stateText(day, spoken),
          content: <span aria-hidden="true">{Number(date.slice(8))}</span>,
          isSelected: isSelected(date),
        };
      }}
    />
  );
}

const STATES = ['final', 'provisional', 'purged', 'missing', 'future'] as const;
const SIGNS = ['failed', 'active', 'late'] as const;

/** The signs of the calendar in words. */
export function StateLegend() {
  const { words } = useLanguage();
  return (
    <ul class="legend" aria-label={words.charts.legend}>
      {STATES.map((state) => (
        <li key={state}>
          <span class={`sign state-${state}`} aria-hidden="true" />
          {words.figures.states[state]}
        </li>
      ))}
      <li>
        <span class="sign state-final restated" aria-hidden="true" />
        {words.runs.restated}
      </li>
      {SIGNS.map((sign) => (
        <li key={sign}>
          <span class={`sign run-${sign}`} aria-hidden="true" />
          {words.runs[sign]}
        </li>
      ))}
    </ul>
  );
}
