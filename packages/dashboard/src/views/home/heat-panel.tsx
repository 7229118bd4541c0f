import { useMemo } from 'preact/hooks';
import type { DayReport, Me } from '../../api/types.ts';
import { HeatMap } from '../../charts/calendar/heat-map.tsx';
import { daysTable } from '../../charts/calendar/table.ts';
import { Twin } from '../../charts/twin.tsx';
import { useAbout } from '../../shell/about.ts';
import { Panel } from '../../shell/panel.tsx';
import { useWhose } from '../../shell/whose.ts';
import { useWithheld } from '../../shell/withheld.ts';
import { useLanguage } from '../../words/language.tsx';
import { useYear } from './newest-day.tsx';

/** The views of each day of the year that ends at the newest date. */
export function HeatPanel({ me }: { me: Me }) {
  const { words, formats } = useLanguage();
  const year = useYear(me);
  const title = words.home.heat(useWhose());
  const days = useMemo(() => daysOf(me, year.data ?? []), [me, year.data]);
  // Its many cells are drawn once for these days, and not at each change of the address.
  const map = useMemo(() => <HeatMap days={days} caption={title} />, [days, title]);
  const about = useAbout(words.common.perInterval.day, {
    from: days[0]?.extraction_date,
    to: days.at(-1)?.extraction_date,
  });
  const withheld = useWithheld();
  return (
    <Panel
      wide
      title={title}
      about={[about, withheld].filter(Boolean).join('. ')}
      result={year}
      rows={10}
      isEmpty={() => days.length === 0}
      table={() => <Twin table={daysTable(days, { words, formats })} caption={title} />}
    >
      {() => map}
    </Panel>
  );
}

/** The days from the first date with figures to the last one. */
function daysOf({ first_date: first, last_completed_date: last }: Me, days: readonly DayReport[]) {
  return days.filter(({ extraction_date: date }) => date >= (first ?? date) && date <= (last ?? date));
}
