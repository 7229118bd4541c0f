import * as Plot from '@observablehq/plot';
import type { ViewKind } from '../../api/types.ts';
import { intervalText, type Look, numberText } from '../chart.ts';
import { COLOUR, kindColour, viewKinds } from '../colours.ts';
import {
  amountAxis,
  dayBounds,
  fromZero,
  gapBands,
  hatch,
  hatchPattern,
  locks,
  middleOf,
  TIP,
  timeAxis,
} from '../plot-parts.ts';
import { isSettled } from '../states.ts';
import { viewsOf } from './by-week.ts';
import type { WeekOfKinds } from './table.ts';

const HEIGHT = 260;
const MARGIN = { marginTop: 20, marginLeft: 44, marginRight: 12, marginBottom: 36 };

interface Piece {
  week: WeekOfKinds;
  kind: ViewKind;
  views: number | null;
}

/** A column for each week, one layer for each kind of view. The first kind is at the bottom. */
export function drawWeeks(weeks: readonly WeekOfKinds[], look: Look): Element {
  const { width, words } = look;
  const kinds = viewKinds(words);
  const [first, last] = [weeks[0], weeks.at(-1)];
  if (!first || !last) throw new Error('The picture needs a week');
  const pieces = weeks.flatMap((week) =>
    kinds.map((kind): Piece => ({ week, kind, views: week.views[kind] })),
  );
  const y = fromZero(weeks.map(viewsOf));
  return Plot.plot({
    width,
    height: HEIGHT,
    ...MARGIN,
    ariaLabel: words.figures.metrics.total_views,
    x: { type: 'utc', domain: [dayBounds(first)[0], dayBounds(last)[1]] },
    y: { domain: y, nice: 4 },
    marks: [
      gapBands(weeks),
      ...amountAxis(y, look),
      ...timeAxis(first.from, last.to, look),
      Plot.rectY(
        pieces,
        Plot.stackY(
          { order: (piece: Piece) => kinds.indexOf(piece.kind) },
          {
            x1: (piece: Piece) => dayBounds(piece.week)[0],
            x2: (piece: Piece) => dayBounds(piece.week)[1],
            y: 'views',
            z: 'kind',
            fill: (piece: Piece) => kindColour(kinds.indexOf(piece.kind)),
            insetLeft: 1.5,
            insetRight: 1.5,
            insetTop: 0.5,
          },
        ),
      ),
      ...hatchedBars(weeks, 'provisional'),
      ...hatchedBars(weeks, 'incomplete'),
      ...locks(weeks, HEIGHT - MARGIN.marginTop - MARGIN.marginBottom),
      Plot.tip(
        weeks,
        Plot.pointerX({
          x: middleOf,
          y: (week: WeekOfKinds) => viewsOf(week) ?? 0,
          title: tipText(look),
          ...TIP,
        }),
      ),
      Plot.ruleY([0], { stroke: COLOUR.quiet }),
    ],
  });
}

function hatchedBars(weeks: readonly WeekOfKinds[], state: 'provisional' | 'incomplete'): Plot.Markish[] {
  const pattern = `${state}Bars` as const;
  const bars = weeks.filter((week) => week.state === state);
  return [
    hatchPattern(pattern),
    Plot.rectY(bars, {
      x1: (week: WeekOfKinds) => dayBounds(week)[0],
      x2: (week: WeekOfKinds) => dayBounds(week)[1],
      y1: 0,
      y2: viewsOf,
      fill: hatch(pattern),
    }),
  ];
}

function tipText(look: Look) {
  const { words } = look;
  return (week: WeekOfKinds): string => {
    const kinds = viewKinds(words).toReversed();
    return [
      intervalText(week, look),
      ...(isSettled(week) && week.state !== 'purged' ? [] : [words.figures.states[week.state]]),
      `${words.figures.metrics.total_views}: ${numberText(viewsOf(week), look)}`,
      ...kinds.map((kind) => `${words.figures.kinds[kind]}: ${numberText(week.views[kind], look)}`),
    ].join('\n');
  };
}
