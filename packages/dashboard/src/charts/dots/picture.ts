import * as Plot from '@observablehq/plot';
import type { ComparedItem } from '../bars/table.ts';
import { columnText, type Look } from '../chart.ts';
import { COLOUR } from '../colours.ts';
import { fromZero } from '../plot-parts.ts';

const ROW = 30;
const TEXT_ROOM = 56;

/** A dot for each item from 0, and a hollow one for the compared range. Sizes do not rank here, averages do. */
export function drawDots(items: readonly ComparedItem[], metricName: string, look: Look): Element {
  const { width, formats } = look;
  const rows = items
    .filter(({ value }) => value !== null)
    .toSorted((one, other) => (other.value ?? 0) - (one.value ?? 0));
  const names = Math.min(240, Math.round(width * 0.38));
  const ticks = Math.max(2, Math.min(5, Math.floor((width - names - TEXT_ROOM) / 56)));
  const text = columnText(
    items.map(({ value }) => value),
    look,
  );
  const both = rows.filter(({ compared }) => compared !== null);
  return Plot.plot({
    width,
    height: rows.length * ROW + 40,
    marginTop: 6,
    marginBottom: 34,
    marginLeft: names + 12,
    marginRight: TEXT_ROOM,
    ariaLabel: metricName,
    x: {
      type: 'linear',
      domain: fromZero(items.flatMap(({ value, compared }) => [value, compared])),
      nice: 5,
    },
    y: { type: 'band', domain: rows.map(({ key }) => key), axis: null },
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
      Plot.ruleY(both, { y: 'key', x1: 'compared', x2: 'value', stroke: COLOUR.compared, strokeWidth: 2 }),
      Plot.dot(both, {
        x: 'compared',
        y: 'key',
        r: 4,
        stroke: COLOUR.compared,
        strokeWidth: 2,
        fill: COLOUR.surface,
      }),
      Plot.dot(rows, { x: 'value', y: 'key', r: 5.5, fill: COLOUR.main }),
      Plot.text(rows, {
        y: 'key',
        text: (item: ComparedItem) => text(item.value),
        frameAnchor: 'right',
        textAnchor: 'end',
        dx: TEXT_ROOM - 4,
        fill: COLOUR.ink,
        fontVariant: 'tabular-nums',
      }),
      Plot.text(rows, {
        y: 'key',
        text: 'name',
        frameAnchor: 'left',
        dx: -(names + 12),
        textAnchor: 'start',
        fill: COLOUR.ink,
        lineWidth: names / 12,
        textOverflow: 'ellipsis',
        title: 'name',
      }),
    ],
  });
}
