import { useMe } from '../api/queries.ts';
import { useLanguage } from '../words/language.tsx';

/**
 * Says how many courses of an answer are withheld because they have too few students; without a number, that such
 * courses are. Undefined if nothing is withheld from the reader.
 */
export function useWithheld(courses?: number): string | undefined {
  const { words, formats } = useLanguage();
  const below = useMe().data?.suppress_below;
  return below
    ? words.common.withheld(
        formats.count(below),
        courses,
        courses === undefined ? '' : formats.count(courses),
      )
    : undefined;
}
