import { useMe } from '../api/queries.ts';
import { useLanguage } from '../words/language.tsx';

/**
 * Says how many courses of an answer are withheld because they have too few students, and how many in the compared
 * range. Without numbers it says only that such courses are withheld. Undefined if nothing is withheld from the reader.
 */
export function useWithheld(courses?: number, compared?: number): string | undefined {
  const { words, formats } = useLanguage();
  const { common, charts } = words;
  const below = useMe().data?.suppress_below;
  if (!below) return undefined;
  const own = common.withheld(formats.count(below), courses, formats.count(courses ?? 0));
  return compared ? `${own} ${charts.compared}: ${common.courses(compared, formats.count(compared))}.` : own;
}
