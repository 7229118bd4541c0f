import { useCallback } from 'preact/hooks';
import { useWords } from '../../words/language.tsx';
import { Legend } from '../legend.tsx';
import { type Draw, Picture } from '../picture.tsx';
import { LINE_HEIGHT } from './frame.ts';
import type { LineData } from './table.ts';

/** The line of a figure with its legend. */
export function LineChart({ data, label }: { data: LineData; label: string }) {
  const words = useWords();
  const { points, compared, metric } = data;
  const draw = useCallback<Draw>(
    (pictures, look) => pictures.drawLine({ points, compared, metric }, look),
    [points, compared, metric],
  );
  return (
    <>
      <Picture draw={draw} height={LINE_HEIGHT} label={label} />
      <Legend
        entries={[
          ['main', words.figures.metrics[metric]],
          ...(compared ? [COMPARED(words.charts.compared)] : []),
        ]}
        points={points}
      />
    </>
  );
}

const COMPARED = (text: string): ['compared', string] => ['compared', text];
