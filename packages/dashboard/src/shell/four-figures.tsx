import type { Metric, Series } from '../api/types.ts';
import { useLanguage } from '../words/language.tsx';
import { RowOfFigures } from './row-of-figures.tsx';

const FOUR: readonly Metric[] = [
  'total_views',
  'avg_activity_per_student_per_day',
  'num_students',
  'active_days',
];

interface FourFiguresProps {
  totals: Series['totals'] | undefined;
  isOld: boolean;
  note: string | undefined;
}

/** Four figures of the range. */
export function FourFigures({ totals, ...row }: FourFiguresProps) {
  const { words, formats } = useLanguage();
  const figures = FOUR.map((metric) => {
    const { value, change } = totals?.[metric] ?? {};
    const format = metric === 'avg_activity_per_student_per_day' ? formats.average : formats.count;
    return {
      name: words.figures.metrics[metric],
      text: totals && (value == null ? '–' : format(value)),
      change,
    };
  });
  return <RowOfFigures figures={figures} {...row} />;
}
