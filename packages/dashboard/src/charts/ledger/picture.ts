import * as Plot from '@observablehq/plot';
import type { Look } from '../chart.ts';
import { COLOUR } from '../colours.ts';
import type { LedgerPart } from './table.ts';

const HEIGHT = 36;
const LETTER = 8;

/** One bar of all log rows of a day: what is counted, and then what is left out, by reason. */
export function drawLedger(parts: readonly LedgerPart[], { width, formats }: Look): Element {
  const all = parts.reduce((sum, { rows }) => sum + rows, 0);
  let end = 0;
  const spans = parts.map((part) => {
    const from = end;
    end += part.rows;
    return { ...part, from, to: end };
  });
  // A name stands in its part if there is room for it.
  const hasRoom = ({ rows }: LedgerPart) =>
    (rows / Math.max(1, all)) * width > formats.count(rows).length * LETTER + 16;
  return Plot.plot({
    width,
    height: HEIGHT,
    margin: 0,
    x: { type: 'linear', domain: [0, Math.max(1, all)], axis: null },
    marks: [
      Plot.barX(spans, { x1: 'from', x2: 'to', fill: 'colour', insetRight: 0.5 }),
      Plot.text(
        spans.filter((part) => part.key === 'counted' && hasRoom(part)),
        {
          x: 'from',
          dx: 8,
          textAnchor: 'start',
          text: ({ rows }: LedgerPart) => formats.count(rows),
          fill: COLOUR.surface,
          fontVariant: 'tabular-nums',
        },
      ),
    ],
  });
}
