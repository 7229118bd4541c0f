import { LineChart } from '../../charts/line/line-chart.tsx';
import { lineTable } from '../../charts/line/table.ts';
import { Twin } from '../../charts/twin.tsx';
import { useAbout } from '../../shell/about.ts';
import { useShown } from '../../shell/address.ts';
import { MetricChoice } from '../../shell/metric-choice.tsx';
import { Panel } from '../../shell/panel.tsx';
import { useWhose } from '../../shell/whose.ts';
import { useLanguage } from '../../words/language.tsx';
import { useHomeSeries } from './home-series.ts';

/** The chosen figure over the range, and that of the compared range in grey. */
export function LinePanel() {
  const { words, formats } = useLanguage();
  const shown = useShown();
  const series = useHomeSeries();
  const { points = [], compared, metric = shown.metric, interval = 'day' } = series.data ?? {};
  const title = words.home.line(words.figures.metrics[metric], useWhose());
  const about = useAbout(words.common.perInterval[interval], {
    from: points[0]?.from,
    to: points.at(-1)?.to,
    compared_from: compared?.[0]?.from,
    compared_to: compared?.at(-1)?.to,
  });
  const missing = series.data?.missing_dates.length ?? 0;
  return (
    <Panel
      wide
      title={title}
      about={about}
      result={series}
      rows={12}
      tools={<MetricChoice />}
      isEmpty={({ points }) => points.every(({ value }) => value === null)}
      table={(data) => <Twin table={lineTable(data, { words, formats })} caption={title} />}
    >
      {(data) => (
        <>
          <LineChart data={data} label={title} />
          {missing > 0 && <p class="about">{words.common.missingDates(missing, formats.count(missing))}</p>}
        </>
      )}
    </Panel>
  );
}
