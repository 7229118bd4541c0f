import * as Plot from '@observablehq/plot';
import { columnText, type Look } from '../chart.ts';
import { COLOUR } from '../colours.ts';
import { fromZero } from '../plot-parts.ts';
import { rowHeight } from '../row-height.ts';
import { MARGIN_TOP, nameWidth, withNames } from '../rows.ts';
import type { DotRow } from './table.ts';

const TEXT_ROOM = 56;
const AXIS = 34;

/** A dot for each row, on a line from 0. Sizes do not rank here, averages do. */
export function drawDots(items: readonly DotRow[], metricName: string, look: Look): Element {
  const { width, formats } = look;
  const rows = items
    .filter(({ value }) => value !== null)
    .toSorted((one, other) => (other.value ?? 0) - (one.value ?? 0));
  const names = nameWidth(rows, width);
  const ticks = Math.max(2, Math.min(5, Math.floor((width - names - TEXT_ROOM) / 56)));
  const text = columnText(
    items.map(({ value }) => value),
    look,
  );
  const picture = Plot.plot({
    width,
    height: rows.length * rowHeight(rows.length) + MARGIN_TOP + AXIS,
    marginTop: MARGIN_TOP,
    marginBottom: AXIS,
    marginLeft: names + 12,
    marginRight: TEXT_ROOM,
    ariaLabel: metricName,
    x: { type: 'linear', domain: fromZero(rows.map(({ value }) => value)), nice: 5 },
    y: { type: 'band', domain: rows.map(({ key }) => key), padding: 0, axis: null },
    marks: [
      Plot.gridX({ stroke: COLOUR.grid, strokeOpacity: 1, ticks }),
      Plot.axisX({
        tickFormat: (value: number) => formats.average(value),
        ticks,
        tickSize: 0,
        label: null,
        color: COLOUR.quiet,
      }),
      Plot.ruleX([0], { stroke: COLOUR.quiet }),
      Plot.ruleY(rows, { y: 'key', x1: 0, x2: 'value', stroke: COLOUR.compared, strokeOpacity: 0.5 }),
      Plot.dot(rows, { x: 'value', y: 'key', r: 5.5, fill: COLOUR.main }),
      Plot.text(rows, {
        y: 'key',
        text: ({ value }: DotRow) => text(value),
        frameAnchor: 'right',
        textAnchor: 'end',
        dx: TEXT_ROOM - 4,
        fill: COLOUR.ink,
        fontVariant: 'tabular-nums',
      }),
    ],
  });
  return withNames(picture, rows, width);
}
