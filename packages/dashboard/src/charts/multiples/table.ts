import { numberText, type Spoken, type TableTwin } from '../chart.ts';
import { viewKinds } from '../colours.ts';
import type { DayOfKinds } from '../weeks/by-week.ts';

export function kindsTable(days: readonly DayOfKinds[], spoken: Spoken): TableTwin {
  const { words, formats } = spoken;
  const kinds = viewKinds(words);
  return {
    columns: [
      { name: words.figures.date },
      ...kinds.map((kind) => ({ name: words.figures.kinds[kind], isNumber: true })),
      { name: words.charts.state },
    ],
    rows: days.map((day) => [
      formats.shortDate(day.extraction_date),
      ...kinds.map((kind) => numberText(day.views[kind], spoken)),
      words.figures.states[day.state],
    ]),
  };
}
