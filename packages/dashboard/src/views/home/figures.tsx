import { FourFigures } from '../../shell/four-figures.tsx';
import { Failure } from '../../shell/panel.tsx';
import { useWithheld } from '../../shell/withheld.ts';
import { useHomeSeries } from './home-series.ts';

/** Four figures of the reader's scope. */
export function Figures() {
  const { data, error, refetch, isPlaceholderData } = useHomeSeries();
  const note = useWithheld(data?.withheld_courses, data?.compared_withheld_courses);
  if (error && !data) return <Failure error={error} retry={refetch} />;
  return <FourFigures totals={data?.totals} isOld={isPlaceholderData} note={note} />;
}
