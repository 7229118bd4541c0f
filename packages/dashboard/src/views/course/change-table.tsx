import { changeOf, NOTHING } from '../../charts/chart.ts';
import { Scrolling } from '../../charts/twin.tsx';
import { Change } from '../../shell/change.tsx';
import { useLanguage } from '../../words/language.tsx';
import type { CourseDifferences, Differences } from './differences.ts';

/** The change of each kind, and of each kind in each week. Bars are to one scale. */
export function ChangeTable({ differences }: { differences: CourseDifferences }) {
  const { words, formats } = useLanguage();
  const { metrics, kinds: names, change } = words.figures;
  const { kinds, spans, total } = differences;
  const sums = {
    views: kinds.reduce((sum, { views }) => sum + views, 0),
    compared: kinds.reduce((sum, { compared }) => sum + compared, 0),
    difference: total,
  };
  const rows = [
    ...kinds.map((row) => ({
      ...row,
      name: names[row.kind],
      of: (span: Differences) => span.kinds[row.kind],
    })),
    { ...sums, kind: null, name: metrics.total_views, of: (span: Differences) => span.total },
  ];
  const most = Math.max(
    1,
    ...spans.flatMap((span) => kinds.map(({ kind }) => Math.abs(span.kinds[kind] ?? 0))),
  );
  const heads = [
    metrics.total_views,
    words.charts.before(metrics.total_views),
    words.course.difference,
    change,
  ];
  return (
    <Scrolling name={words.course.changesAbout}>
      <table class="plain changes">
        <thead>
          <tr>
            <th scope="col">{words.course.kind}</th>
            {heads.map((head) => (
              <th key={head} scope="col" class="number">
                {head}
              </th>
            ))}
            {spans.map(({ from, to }) => (
              <th key={from} scope="col" class="number">
                {from === to ? formats.date(from) : formats.range(from, to)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ kind, name, views, compared, difference, of }) => (
            <tr key={name} class={kind === null ? 'sum' : undefined}>
              <th scope="row">{name}</th>
              <td class="number">{formats.count(views)}</td>
              <td class="number">{formats.count(compared)}</td>
              <td class="number">
                <Difference value={difference} />
              </td>
              <td class="number">
                <Change value={difference === null ? null : changeOf(views, compared)} />
              </td>
              {spans.map((span) => (
                <td key={span.from} class="number">
                  <Difference value={of(span)} most={kind === null ? undefined : most} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scrolling>
  );
}

/** An amount with its sign, and with `most` a bar of its share below it. */
function Difference({ value, most }: { value: number | null; most?: number | undefined }) {
  const { formats } = useLanguage();
  if (value === null) return <span class="change same">{NOTHING}</span>;
  const text = new Intl.NumberFormat(formats.locale, { signDisplay: 'exceptZero' }).format(value);
  const way = value === 0 ? 'same' : value > 0 ? 'up' : 'down';
  return (
    <span class={`change ${way}`}>
      {text}
      {most !== undefined && (
        <span class="share" aria-hidden="true" style={{ '--part': Math.abs(value) / most }} />
      )}
    </span>
  );
}
