import type { CategoryFigures as Totals } from '../../api/types.ts';
import { useShown } from '../../shell/address.ts';
import { Change } from '../../shell/change.tsx';
import { useLanguage } from '../../words/language.tsx';

/** Four figures of the category and everything below it. */
export function CategoryFigures({ totals, isOld }: { totals: Totals | undefined; isOld: boolean }) {
  const { words, formats } = useLanguage();
  const { compare } = useShown();
  const { metrics } = words.figures;
  const average = totals?.avg_activity_per_student_per_day;
  const figures = [
    { name: metrics.total_views, text: totals && formats.count(totals.total_views), change: totals?.change },
    {
      name: metrics.avg_activity_per_student_per_day,
      text: totals && (average == null ? '–' : formats.average(average)),
    },
    { name: metrics.num_students, text: totals && formats.count(totals.num_students) },
    {
      name: words.explore.active,
      text: totals && words.explore.of(formats.count(totals.active_courses), formats.count(totals.courses)),
    },
  ];
  return (
    <section aria-label={words.home.figures}>
      <dl class={`figures${isOld ? ' old' : ''}`}>
        {figures.map(({ name, text, change }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <strong>{text ?? '\u00a0'}</strong>
              {change !== undefined && compare !== 'none' && <Change value={change} />}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
