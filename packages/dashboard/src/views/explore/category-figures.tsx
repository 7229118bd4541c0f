import type { CategoryFigures as Totals } from '../../api/types.ts';
import { RowOfFigures } from '../../shell/row-of-figures.tsx';
import { useWithheld } from '../../shell/withheld.ts';
import { useLanguage } from '../../words/language.tsx';

interface CategoryFiguresProps {
  answer: { totals: Totals; withheld_courses: number; compared_withheld_courses: number } | undefined;
  isOld: boolean;
}

/** Four figures of the category and everything below it. */
export function CategoryFigures({ answer, isOld }: CategoryFiguresProps) {
  const { words, formats } = useLanguage();
  const { metrics } = words.figures;
  const totals = answer?.totals;
  const average = totals?.avg_activity_per_student_per_day;
  // What is all withheld is not known to be 0.
  const isWithheld = totals?.courses === 0 && answer?.withheld_courses !== 0;
  const known = (text: string) => (isWithheld ? '–' : text);
  const figures = [
    {
      name: metrics.total_views,
      text: totals && known(formats.count(totals.total_views)),
      change: totals?.change,
    },
    {
      name: metrics.avg_activity_per_student_per_day,
      text: totals && (average == null ? '–' : formats.average(average)),
    },
    { name: metrics.num_students, text: totals && known(formats.count(totals.num_students)) },
    {
      name: words.explore.active,
      text:
        totals &&
        known(words.explore.of(formats.count(totals.active_courses), formats.count(totals.courses))),
    },
  ];
  const note = useWithheld(answer?.withheld_courses, answer?.compared_withheld_courses);
  return <RowOfFigures figures={figures} isOld={isOld} note={note} />;
}
