import * as Plot from '@observablehq/plot';
import type { Look } from '../chart.ts';
import { numberText } from '../chart.ts';
import { COLOUR, kindColour, viewKinds } from '../colours.ts';
import {
  amountAxis,
  dayBounds,
  fromZero,
  gapBands,
  hatchBands,
  locks,
  middleOf,
  TIP,
  timeAxis,
} from '../plot-parts.ts';
import type { DayOfKinds } from '../weeks/by-week.ts';

const ROW = 110;
/** A small picture needs this width. */
const COLUMN = 200;
const MOST_COLUMNS = 3;
/** Between the rows, as a part of a row: the name of the next one stands there. */
const GAP = 0.28;

/** The height of a small picture. Plot has whole pixels in a row, and no padding above the first one. */
function frameHeight(rows: number): number {
  return Math.round(Math.floor((ROW * rows) / (rows - GAP)) * (1 - GAP));
}

/** A small picture for each kind of view, all on one scale, so that heights compare. */
export function drawKinds(days: readonly DayOfKinds[], look: Look): Element {
  const { width, words, formats } = look;
  const kinds = viewKinds(words);
  const columns = Math.min(MOST_COLUMNS, Math.max(1, Math.floor(width / COLUMN)));
  const rows = Math.ceil(kinds.length / columns);
  const all = days.map((day) => ({ ...day, from: day.extraction_date, to: day.extraction_date }));
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) throw new Error('The picture needs a day');
  const points = kinds.flatMap((kind, index) =>
    all.map((day) => ({
      day,
      kind,
      value: day.views[kind],
      fx: index % columns,
      fy: Math.floor(index / columns),
      index,
    })),
  );
  const places = kinds.map((kind, index) => ({
    name: words.figures.kinds[kind],
    fx: index % columns,
    fy: Math.floor(index / columns),
  }));
  const top = fromZero(points.map(({ value }) => value));
  const facet = { fx: 'fx', fy: 'fy' } as const;
  const line = {
    ...facet,
    x: (point: (typeof points)[number]) => middleOf(point.day),
    z: 'kind',
  } as const;
  return Plot.plot({
    width,
    height: rows * ROW + 58,
    marginTop: 22,
    marginLeft: 44,
    marginRight: 12,
    marginBottom: 36,
    ariaLabel: words.figures.metrics.total_views,
    x: { type: 'utc', domain: [dayBounds(first)[0], dayBounds(last)[1]] },
    y: { domain: top, nice: 4 },
    fx: { axis: null, padding: 0.06 },
    fy: { axis: null, padding: GAP },
    marks: [
      gapBands(all),
      ...hatchBands(all),
      ...locks(all, frameHeight(rows)),
      ...amountAxis(top, look, { ticks: 2 }),
      ...timeAxis(first.from, last.to, { ...look, width: width / columns }),
      Plot.areaY(points, {
        ...line,
        y1: 0,
        y2: 'value',
        fill: ({ index }: { index: number }) => kindColour(index),
        fillOpacity: 0.15,
      }),
      Plot.lineY(points, {
        ...line,
        y: 'value',
        stroke: ({ index }: { index: number }) => kindColour(index),
        strokeWidth: 1.75,
      }),
      Plot.text(places, {
        ...facet,
        text: 'name',
        frameAnchor: 'top-left',
        dy: -14,
        fill: COLOUR.ink,
        fontWeight: 600,
        textAnchor: 'start',
      }),
      Plot.tip(
        points,
        Plot.pointerX({
          ...facet,
          x: (point: (typeof points)[number]) => middleOf(point.day),
          y: (point: (typeof points)[number]) => point.value ?? 0,
          title: ({ day, kind, value }: (typeof points)[number]) =>
            `${formats.shortDate(day.extraction_date)}\n${words.figures.kinds[kind]}: ${numberText(value, look)}`,
          ...TIP,
        }),
      ),
    ],
  });
}
