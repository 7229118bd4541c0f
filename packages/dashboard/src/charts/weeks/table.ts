import type { ViewKind } from '../../api/types.ts';
import { intervalText, numberText, type Spoken, type TableTwin } from '../chart.ts';
import { viewKinds } from '../colours.ts';
import type { Stated } from '../states.ts';
import { viewsOf } from './by-week.ts';

/** The views of a week by kind. All are null if nothing of it was extracted. */
export interface WeekOfKinds extends Stated {
  partial: boolean;
  views: Record<ViewKind, number | null>;
}

export function weeksTable(weeks: readonly WeekOfKinds[], spoken: Spoken): TableTwin {
  const { words } = spoken;
  const kinds = viewKinds(words);
  return {
    columns: [
      { name: words.charts.week },
      ...kinds.map((kind) => ({ name: words.figures.kinds[kind], isNumber: true })),
      { name: words.figures.metrics.total_views, isNumber: true },
      { name: words.charts.state },
    ],
    rows: weeks.map((week) => [
      intervalText(week, spoken),
      ...kinds.map((kind) => numberText(week.views[kind], spoken)),
      numberText(viewsOf(week), spoken),
      words.figures.states[week.state],
    ]),
  };
}
