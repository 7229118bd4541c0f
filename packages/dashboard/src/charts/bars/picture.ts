import * as Plot from '@observablehq/plot';
import type { Look } from '../chart.ts';
import { COLOUR } from '../colours.ts';
import { rowHeight } from '../row-height.ts';
import { MARGIN_TOP, type NamedRow, nameWidth, withNames } from '../rows.ts';

/** A category and how much its figure changed, as a ratio; null if the ranges cannot be compared. */
export interface ChangedRow extends NamedRow {
  change: number | null;
}

/** A bar is cut at this change, and its end shows it: one new category must not flatten all others. */
const MOST_CHANGE = 2;
/** The scale reaches so far at least: a change of nearly nothing must not fill it. */
const LEAST_SCALE = 0.1;
/** The room for the amount beside a bar, in CSS pixels. */
const TEXT_ROOM = 64;
const BAR = 20;

/** From the greatest fall to the greatest rise. The greater one is at least as long as `LEAST_SCALE`. */
function scaleOf(changes: readonly number[]): [number, number] {
  const least = Math.max(-1, Math.min(0, ...changes));
  const most = Math.min(MOST_CHANGE, Math.max(0, ...changes));
  if (Math.max(-least, most) >= LEAST_SCALE) return [least, most];
  return [least < 0 ? -LEAST_SCALE : 0, most > 0 || least === 0 ? LEAST_SCALE : 0];
}

/** Bars from 0 to both sides: a rise to the right, a fall to the left. The rows keep their order. */
export function drawChanges(rows: readonly ChangedRow[], { width, formats, words }: Look): Element {
  // What cannot be compared has a row and no bar.
  const changes = rows.map(({ change }) => change ?? 0);
  const [least, most] = scaleOf(changes);
  const drawn = (row: ChangedRow) => Math.min(row.change ?? 0, MOST_CHANGE);
  const isFall = (row: ChangedRow) => (row.change ?? 0) < 0;
  const text = (row: ChangedRow) => formats.change(row.change);
  const inset = (rowHeight(rows.length) - BAR) / 2;
  const common = { x: drawn, y: 'key', text, fill: COLOUR.ink, fontVariant: 'tabular-nums' } as const;
  const picture = Plot.plot({
    width,
    height: rows.length * rowHeight(rows.length) + 2 * MARGIN_TOP,
    marginTop: MARGIN_TOP,
    marginBottom: MARGIN_TOP,
    marginLeft: nameWidth(rows, width) + (least < 0 ? TEXT_ROOM : 12),
    marginRight: TEXT_ROOM,
    ariaLabel: words.figures.change,
    x: { type: 'linear', domain: [least, most], axis: null },
    y: { type: 'band', domain: rows.map(({ key }) => key), padding: 0, axis: null },
    marks: [
      Plot.barX(rows, {
        x: drawn,
        y: 'key',
        fill: (row: ChangedRow) => (isFall(row) ? COLOUR.fall : COLOUR.rise),
        insetTop: inset,
        insetBottom: inset,
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
        rows.filter((row) => !isFall(row)),
        { ...common, textAnchor: 'start', dx: 6 },
      ),
    ],
  });
  return withNames(picture, rows, width);
}

const isCut = ({ change }: ChangedRow) => change !== null && change > MOST_CHANGE;
