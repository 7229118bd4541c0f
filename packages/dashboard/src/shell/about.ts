import { useMe } from '../api/queries.ts';
import { useLanguage } from '../words/language.tsx';

interface Ranges {
  from?: string | undefined;
  to?: string | undefined;
  compared_from?: string | null | undefined;
  compared_to?: string | null | undefined;
}

/** The line below a title: the unit, the dates, what they are compared with, and how new the figures are. */
export function useAbout(unit: string, { from, to, compared_from, compared_to }: Ranges): string {
  const { words, formats } = useLanguage();
  const me = useMe().data;
  const parts = [unit];
  if (from && to) parts.push(formats.range(from, to));
  if (compared_from && compared_to)
    parts.push(words.common.compare.with(formats.range(compared_from, compared_to)));
  const newest = me?.last_completed_date;
  if (me && newest)
    parts.push(words.common.figuresUntil(formats.date(newest), formats.zone(me.time_zone, newest)));
  return parts.join(' · ');
}
