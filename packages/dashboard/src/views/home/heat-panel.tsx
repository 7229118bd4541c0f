import type { DayReport, Me } from '../../api/types.ts';
import { HeatMap } from '../../charts/calendar/heat-map.tsx';
import { daysTable } from '../../charts/calendar/table.ts';
import { Twin } from '../../charts/twin.tsx';
import { useAbout } from '../../shell/about.ts';
import { Panel } from '../../shell/panel.tsx';
import { useWhose } from '../../shell/whose.ts';
import { useLanguage } from '../../words/language.tsx';
import { useYear } from './newest-day.tsx';

/** The views of each day of the year that ends at the newest date. */
export function HeatPanel({ me }: { me: Me }) {
  const { words, formats } = useLanguage();
  const year = useYear(me);
  const title = words.home.heat(useWhose());
  const shown = (days: readonly DayReport[]) =>
    days.filter(
      ({ extraction_date: date }) =>
        date >= (me.first_date ?? date) && date <= (me.last_completed_date ?? date),
    );
  const days = shown(year.data ?? []);
  const about = useAbout(words.common.perInterval.day, {
    from: days[0]?.extraction_date,
    to: days.at(-1)?.extraction_date,
  });
  return (
    <Panel
      wide
      title={title}
      about={about}
      result={year}
      rows={10}
      isEmpty={(data) => shown(data).length === 0}
      table={(data) => <Twin table={daysTable(shown(data), { words, formats })} caption={title} />}
    >
      {(data) => <HeatMap days={shown(data)} caption={title} />}
    </Panel>
  );
}
