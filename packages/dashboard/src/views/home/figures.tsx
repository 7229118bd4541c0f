import { FourFigures } from '../../shell/four-figures.tsx';
import { Failure } from '../../shell/panel.tsx';
import { useHomeSeries } from './home-series.ts';

/** Four figures of the reader's scope. */
export function Figures() {
  const { data, error, refetch, isPlaceholderData } = useHomeSeries();
  if (error && !data) return <Failure error={error} retry={refetch} />;
  return <FourFigures totals={data?.totals} isOld={isPlaceholderData} />;
}
