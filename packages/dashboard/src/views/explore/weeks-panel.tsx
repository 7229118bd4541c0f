import { useCallback, useMemo } from 'preact/hooks';
import { useSummary } from '../../api/queries.ts';
import type { Look } from '../../charts/chart.ts';
import { KindsLegend } from '../../charts/legend.tsx';
import { Picture } from '../../charts/picture.tsx';
import { Twin } from '../../charts/twin.tsx';
import { byWeek } from '../../charts/weeks/by-week.ts';
import { type WeekOfKinds, weeksTable } from '../../charts/weeks/table.ts';
import { addDays } from '../../dates.ts';
import { useAbout } from '../../shell/about.ts';
import { Panel } from '../../shell/panel.tsx';
import { useLanguage } from '../../words/language.tsx';
import { daysOfKinds } from './days-of-kinds.ts';

const HEIGHT = 260;

/** A summary has at most 366 days: of longer ranges, these are the last 52 weeks. */
const MOST_DAYS = 364;

/** The views of each week, by kind. */
export function WeeksPanel(props: {
  category: string | undefined;
  range: { from: string; to: string } | undefined;
  name: string;
}) {
  const { category, range, name } = props;
  const { words, formats } = useLanguage();
  const title = words.explore.weeks(name);
  const to = range?.to ?? '';
  const first = to && addDays(to, 1 - MOST_DAYS);
  const from = range && range.from > first ? range.from : first;
  const summary = useSummary(
    { from, to, group_by: 'day', limit: MOST_DAYS, ...(category && { category }) },
    range !== undefined,
  );
  const about = useAbout(words.common.perInterval.week, summary.data ?? {});
  return (
    <Panel
      title={title}
      about={about}
      result={summary}
      rows={14}
      isEmpty={({ data }) => data.length === 0}
      table={(data) => (
        <Twin table={weeksTable(byWeek(daysOfKinds(data, words)), { words, formats })} caption={title} />
      )}
    >
      {(data) => <Weeks summary={data} label={title} />}
    </Panel>
  );
}

function Weeks({ summary, label }: { summary: Parameters<typeof daysOfKinds>[0]; label: string }) {
  const { words } = useLanguage();
  const weeks: WeekOfKinds[] = useMemo(() => byWeek(daysOfKinds(summary, words)), [summary, words]);
  const draw = useCallback(
    (pictures: typeof import('../../charts/pictures.ts'), look: Look) => pictures.drawWeeks(weeks, look),
    [weeks],
  );
  return (
    <>
      <Picture draw={draw} height={HEIGHT} label={label} />
      <KindsLegend points={weeks} />
    </>
  );
}
