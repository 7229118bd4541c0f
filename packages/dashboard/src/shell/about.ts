import { useMe } from '../api/queries.ts';
import { useLanguage } from '../words/language.tsx';

interface Ranges {
  from?: string | undefined;
  to?: string | undefined;
  compared_from?: string | null | undefined;
  compared_to?: string | null | undefined;
}

/** The line below a title: the unit, the dates, what they are compared with, and as of when the figures are. */
export function useAbout(unit: string, { from, to, compared_from, compared_to }: Ranges): string {
  const { words, formats } = useLanguage();
  const me = useMe().data;
  const parts = [unit];
  if (from && to) parts.push(formats.range(from, to));
  if (compared_from && compared_to)
    parts.push(words.common.compare.with(formats.range(compared_from, compared_to)));
  const counted = me?.last_completed_at;
  if (me && counted) parts.push(words.common.asOf(formats.moment(counted, me.time_zone)));
  return parts.join(' · ');
}
