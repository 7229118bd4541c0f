import { useMe } from '../../api/queries.ts';
import { useLanguage } from '../../words/language.tsx';

/** Says of a course's answer that days of a small group are withheld. Undefined if none are. */
export function useWithheldDays(answer: { withheld_courses: number } | undefined): string | undefined {
  const { words, formats } = useLanguage();
  const me = useMe().data;
  return answer?.withheld_courses ? words.course.withheld(formats.count(me?.suppress_below ?? 0)) : undefined;
}
