import * as Plot from '@observablehq/plot';
import type { Look } from '../chart.ts';
import { COLOUR } from '../colours.ts';
import { byChange, type ComparedItem } from './table.ts';

const ROW = 30;
/** A bar is cut at this change, and its end shows it: one new category must not flatten all others. */
const MOST_CHANGE = 2;
/** The room for the amount beside a bar, in CSS pixels. */
const TEXT_ROOM = 64;

/** Bars from 0 to both sides: a rise to the right, a fall to the left. */
export function drawChanges(items: readonly ComparedItem[], { width, formats, words }: Look): Element {
  const rows = byChange(items);
  // What cannot be compared has a row and no bar.
  const changes = rows.map(({ change }) => change ?? 0);
  const least = Math.max(-1, Math.min(0, ...changes));
  const most = Math.min(MOST_CHANGE, Math.max(0, ...changes));
  const names = Math.min(240, Math.round(width * 0.38));
  const drawn = (item: ComparedItem) => Math.min(item.change ?? 0, MOST_CHANGE);
  const isFall = (item: ComparedItem) => (item.change ?? 0) < 0;
  const text = (item: ComparedItem) => formats.change(item.change);
  const common = { x: drawn, y: 'key', text, fill: COLOUR.ink, fontVariant: 'tabular-nums' } as const;
  return Plot.plot({
    width,
    height: rows.length * ROW + 12,
    marginTop: 6,
    marginBottom: 6,
    marginLeft: names + TEXT_ROOM,
    marginRight: TEXT_ROOM,
    ariaLabel: words.figures.change,
    x: { type: 'linear', domain: [least, most === least ? 1 : most], axis: null },
    y: { type: 'band', domain: rows.map(({ key }) => key), padding: 0.3, axis: null },
    marks: [
      Plot.barX(rows, {
        x: drawn,
        y: 'key',
        fill: (item: ComparedItem) => (isFall(item) ? COLOUR.fall : COLOUR.rise),
      }),
      Plot.text(rows.filter(isCut), {
        x: drawn,
        y: 'key',
        text: () => '»',
        fill: COLOUR.surface,
        textAnchor: 'end',
        dx: -4,
        fontWeight: 'bold',
      }),
      Plot.ruleX([0], { stroke: COLOUR.quiet }),
      Plot.text(rows.filter(isFall), { ...common, textAnchor: 'end', dx: -6 }),
      Plot.text(
        rows.filter((item) => !isFall(item)),
        { ...common, textAnchor: 'start', dx: 6 },
      ),
      Plot.text(rows, {
        y: 'key',
        text: 'name',
        frameAnchor: 'left',
        dx: -(names + TEXT_ROOM),
        textAnchor: 'start',
        fill: COLOUR.ink,
        lineWidth: names / 12,
        textOverflow: 'ellipsis',
        title: 'name',
      }),
    ],
  });
}

const isCut = ({ change }: ComparedItem) => change !== null && change > MOST_CHANGE;
