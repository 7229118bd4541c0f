import { useMemo } from 'preact/hooks';
import type { DayReport } from '../../api/types.ts';
import { useLanguage } from '../../words/language.tsx';
import { Legend } from '../legend.tsx';
import { CalendarTable } from './calendar-table.tsx';
import { heatSteps, stepOf } from './heat-steps.ts';
import { dayText } from './table.ts';

/** With fewer weeks than this, each week is a row. */
const LEAST_COLUMNS = 9;

/** The views of each day as shades. The steps are quantiles of the days that are shown. */
export function HeatMap({ days, caption }: { days: readonly DayReport[]; caption: string }) {
  const { words, formats } = useLanguage();
  const spoken = { words, formats };
  const byDate = useMemo(() => new Map(days.map((day) => [day.extraction_date, day])), [days]);
  const steps = useMemo(() => heatSteps(days.flatMap(({ total_views }) => total_views ?? [])), [days]);
  const [first, last] = [days[0], days.at(-1)];
  if (!first || !last) return null;
  return (
    <>
      <CalendarTable
        from={first.extraction_date}
        to={last.extraction_date}
        caption={caption}
        areWeeksColumns={days.length > LEAST_COLUMNS * 7}
        cellOf={(date) => {
          const day = byDate.get(date);
          if (!day) return { class: 'missing', text: formats.fullDate(date) };
          const shade = day.total_views === null ? '' : ` heat-${stepOf(day.total_views, steps)}`;
          return { class: `${day.state}${shade}`, text: dayText(day, spoken) };
        }}
      />
      <ul class="legend steps" aria-label={words.charts.steps}>
        <li>{words.charts.steps}:</li>
        <li>
          <span class="sign heat-0" aria-hidden="true" />
          {words.charts.noViews}
        </li>
        {steps.map(({ from, to }, index) => (
          <li key={from}>
            <span class={`sign heat-${index + 1}`} aria-hidden="true" />
            {from === to ? formats.count(from) : words.charts.step(formats.count(from), formats.count(to))}
          </li>
        ))}
      </ul>
      <Legend
        entries={[]}
        points={days.map(({ extraction_date, state }) => ({
          from: extraction_date,
          to: extraction_date,
          state,
        }))}
      />
    </>
  );
}
