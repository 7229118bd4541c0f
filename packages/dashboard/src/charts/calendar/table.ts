import type { DayReport } from '../../api/types.ts';
import { numberText, type Spoken, type TableTwin } from '../chart.ts';

/** A day in words: its date, its views, and its state unless it is final. */
export function dayText(
  { extraction_date, state, total_views }: DayReport,
  { words, formats }: Spoken,
): string {
  const date = formats.fullDate(extraction_date);
  const views =
    total_views === null ? undefined : `${formats.count(total_views)} ${words.figures.metrics.total_views}`;
  const known = state === 'final' ? undefined : words.figures.states[state];
  return `${date}: ${[views, known].filter(Boolean).join(', ')}`;
}

export function daysTable(days: readonly DayReport[], spoken: Spoken): TableTwin {
  const { words, formats } = spoken;
  return {
    columns: [
      { name: words.figures.date },
      { name: words.figures.metrics.total_views, isNumber: true },
      { name: words.charts.state },
    ],
    rows: days.map(({ extraction_date, state, total_views }) => [
      formats.shortDate(extraction_date),
      numberText(total_views, spoken),
      words.figures.states[state],
    ]),
  };
}
