import { useMe, useSeries } from '../../api/queries.ts';
import type { Point, PointState } from '../../api/types.ts';
import { intervalText, numberText } from '../../charts/chart.ts';
import { LineChart } from '../../charts/line/line-chart.tsx';
import { PointLinks } from '../../charts/line/point-links.tsx';
import { lineTable } from '../../charts/line/table.ts';
import { Twin } from '../../charts/twin.tsx';
import { useAbout } from '../../shell/about.ts';
import { rangeOf, useAddress, useShown } from '../../shell/address.ts';
import { intervalOf } from '../../shell/interval.ts';
import { MetricChoice } from '../../shell/metric-choice.tsx';
import { Panel } from '../../shell/panel.tsx';
import { useLanguage } from '../../words/language.tsx';
import { Later, NoFigures, NotCountedNote } from '../explain/lazy.tsx';
import { useWithheldDays } from './withheld-days.ts';

const NOT_WHOLE: readonly PointState[] = ['incomplete', 'missing', 'future'];

/** The chosen figure of the course over the range, and that of the compared range in grey. */
export function CourseLine({ id, name }: { id: string; name: string }) {
  const { words, formats } = useLanguage();
  const shown = useShown();
  const { hrefWith } = useAddress();
  const me = useMe().data;
  const newest = me?.last_final_date ?? undefined;
  const series = useSeries({
    ...rangeOf(shown),
    metric: shown.metric,
    interval: intervalOf(shown, newest),
    course: id,
  });
  // Days of a small group look like days on which the course was not there. Only the latter have a reason.
  const withheld = useWithheldDays(series.data);
  const { points = [], compared, metric = shown.metric, interval = 'day' } = series.data ?? {};
  const title = words.course.line(words.figures.metrics[metric], name);
  const about = useAbout(words.common.perInterval[interval], {
    from: points[0]?.from,
    to: points.at(-1)?.to,
    compared_from: compared?.[0]?.from,
    compared_to: compared?.at(-1)?.to,
  });
  // A week or a month leads to its days, which explain themselves.
  const hrefOf = ({ from, to, state }: Point) => {
    if (state === 'missing' || state === 'future') return undefined;
    return hrefWith(interval === 'day' ? { explain: from } : { from, to });
  };
  const isUnknown = points.every(({ state }) => state === 'missing' || state === 'future');
  // All dates of such a point have been counted.
  const newestPoint = points.findLast(({ state }) => !NOT_WHOLE.includes(state));
  const cellOf = ({ to: date }: Point) => ({ date, course: id, metric });
  const whatFor = words.course.choose[interval];
  const links = points.map((point) => ({
    date: point.from,
    text: `${intervalText(point, { words, formats })}: ${numberText(point.value, { words, formats })}`,
    href: hrefOf(point),
  }));
  return (
    <Panel
      wide
      title={title}
      about={`${about}. ${whatFor}`}
      result={series}
      rows={12}
      tools={<MetricChoice />}
      empty={
        isUnknown
          ? words.course.notExtracted
          : (withheld ??
            (newestPoint && (
              <Later>
                <NoFigures cell={cellOf(newestPoint)} />
              </Later>
            )))
      }
      isEmpty={({ points }) => points.every(({ value }) => value === null)}
      table={(data) => (
        <Twin
          table={{ ...lineTable(data, { words, formats }), links: links.map(({ href }) => href) }}
          caption={title}
        />
      )}
    >
      {(data) => (
        <>
          <PointLinks links={links} name={whatFor}>
            <LineChart data={data} label={title} />
          </PointLinks>
          <Later>
            {newestPoint && !newestPoint.value && !withheld && <NotCountedNote cell={cellOf(newestPoint)} />}
          </Later>
        </>
      )}
    </Panel>
  );
}
