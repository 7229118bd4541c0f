import { useMe, useSeries } from '../../api/queries.ts';
import { rangeOf, useShown } from '../../shell/address.ts';
import { intervalOf } from '../../shell/interval.ts';

/** The series of Home: figures and line read the same answer. */
export function useHomeSeries() {
  const shown = useShown();
  const newest = useMe().data?.last_final_date ?? undefined;
  return useSeries({ ...rangeOf(shown), metric: shown.metric, interval: intervalOf(shown, newest) });
}
