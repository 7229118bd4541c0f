import type { Metric } from '../../api/types.ts';
import { useShown } from '../../shell/address.ts';
import { Change } from '../../shell/change.tsx';
import { Failure } from '../../shell/panel.tsx';
import { useLanguage } from '../../words/language.tsx';
import { useHomeSeries } from './home-series.ts';

const FOUR: readonly Metric[] = [
  'total_views',
  'avg_activity_per_student_per_day',
  'num_students',
  'active_days',
];

/** Four figures of the range with their change. */
export function Figures() {
  const { words, formats } = useLanguage();
  const { data, error, refetch, isPlaceholderData } = useHomeSeries();
  const { compare } = useShown();
  if (error && !data) return <Failure error={error} retry={refetch} />;
  return (
    <section aria-label={words.home.figures}>
      <dl class={`figures${isPlaceholderData ? ' old' : ''}`}>
        {FOUR.map((metric) => {
          const { value, change = null } = data?.totals[metric] ?? {};
          const format = metric === 'avg_activity_per_student_per_day' ? formats.average : formats.count;
          return (
            <div key={metric}>
              <dt>{words.figures.metrics[metric]}</dt>
              <dd>
                <strong>{data === undefined ? '\u00a0' : value == null ? '–' : format(value)}</strong>
                {data && compare !== 'none' && <Change value={change} />}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}
