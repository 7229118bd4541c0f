import type { Metric, Series } from '../api/types.ts';
import { useLanguage } from '../words/language.tsx';
import { useShown } from './address.ts';
import { Change } from './change.tsx';

const FOUR: readonly Metric[] = [
  'total_views',
  'avg_activity_per_student_per_day',
  'num_students',
  'active_days',
];

/** Four figures of the range with their change. Their places are there before the figures are. */
export function FourFigures({ totals, isOld }: { totals: Series['totals'] | undefined; isOld: boolean }) {
  const { words, formats } = useLanguage();
  const { compare } = useShown();
  return (
    <section aria-label={words.home.figures}>
      <dl class={`figures${isOld ? ' old' : ''}`}>
        {FOUR.map((metric) => {
          const { value, change = null } = totals?.[metric] ?? {};
          const format = metric === 'avg_activity_per_student_per_day' ? formats.average : formats.count;
          return (
            <div key={metric}>
              <dt>{words.figures.metrics[metric]}</dt>
              <dd>
                <strong>{totals === undefined ? '\u00a0' : value == null ? '–' : format(value)}</strong>
                {totals && compare !== 'none' && <Change value={change} />}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}
