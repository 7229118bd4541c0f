import { useCallback, useMemo } from 'preact/hooks';
import { useDays, useSummary } from '../../api/queries.ts';
import { KindsLegend } from '../../charts/legend.tsx';
import { type Draw, Picture } from '../../charts/picture.tsx';
import { Twin } from '../../charts/twin.tsx';
import { byWeek } from '../../charts/weeks/by-week.ts';
import { type WeekOfKinds, weeksTable } from '../../charts/weeks/table.ts';
import { addDays } from '../../dates.ts';
import { useAbout } from '../../shell/about.ts';
import { Panel } from '../../shell/panel.tsx';
import type { Words } from '../../words/en.ts';
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
  // A summary does not tell purged dates from final ones.
  const days = useDays({ from, to }, range !== undefined);
  const about = useAbout(words.common.perInterval.week, summary.data ?? {});
  const result = {
    ...summary,
    data: summary.data && days.data && { summary: summary.data, states: days.data },
    error: summary.error ?? days.error,
    isFetching: summary.isFetching || days.isFetching,
    refetch: () => Promise.all([summary.refetch(), days.refetch()]),
  };
  return (
    <Panel
      title={title}
      about={about}
      result={result}
      rows={14}
      isEmpty={({ summary }) => summary.data.length === 0}
      table={(data) => <Twin table={weeksTable(weeksOf(data, words), { words, formats })} caption={title} />}
    >
      {(data) => <Weeks {...data} label={title} />}
    </Panel>
  );
}

interface Answers {
  summary: Parameters<typeof daysOfKinds>[0];
  states: Parameters<typeof daysOfKinds>[1];
}

function weeksOf({ summary, states }: Answers, words: Words): WeekOfKinds[] {
  return byWeek(daysOfKinds(summary, states, words));
}

function Weeks({ summary, states, label }: Answers & { label: string }) {
  const { words } = useLanguage();
  const weeks = useMemo(() => weeksOf({ summary, states }, words), [summary, states, words]);
  const draw = useCallback<Draw>((pictures, look) => pictures.drawWeeks(weeks, look), [weeks]);
  return (
    <>
      <Picture draw={draw} height={HEIGHT} label={label} />
      <KindsLegend points={weeks} />
    </>
  );
}
