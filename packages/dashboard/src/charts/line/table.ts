import type { Metric, Series } from '../../api/types.ts';
import { changeOf, columnText, intervalText, NOTHING, type Spoken, type TableTwin } from '../chart.ts';

/** A figure over time, and beside it that of the compared range. */
export interface LineData extends Pick<Series, 'points' | 'compared'> {
  metric: Metric;
}

export function lineTable({ metric, points, compared }: LineData, spoken: Spoken): TableTwin {
  const { words, formats } = spoken;
  const name = words.figures.metrics[metric];
  const columns = [{ name: words.figures.date }, { name, isNumber: true }, { name: words.charts.state }];
  const comparedColumns = [
    { name: words.charts.comparedDate },
    { name: words.charts.before(name), isNumber: true },
    { name: words.figures.change, isNumber: true },
  ];
  const text = columnText(
    [...points, ...(compared ?? [])].map(({ value }) => value),
    spoken,
  );
  const rows = points.map((point, index) => {
    const cells = [intervalText(point, spoken), text(point.value), words.figures.states[point.state]];
    if (!compared) return cells;
    const other = compared[index];
    return [
      ...cells,
      other ? intervalText(other, spoken) : NOTHING,
      text(other?.value),
      formats.change(changeOf(point.value, other?.value ?? null)),
    ];
  });
  return { columns: compared ? [...columns, ...comparedColumns] : columns, rows };
}
