import * as Plot from '@observablehq/plot';
import { addDays, atNoon } from '../dates.ts';
import type { Look } from './chart.ts';
import { COLOUR } from './colours.ts';
import { type Stated, spansOf } from './states.ts';
import { timeTicks } from './time-ticks.ts';

/** Parts that several pictures have. */

const DAY_MS = 86_400_000;

/** Hatchings: for a place, or for what has a colour of its own; those of incomplete intervals are turned. */
const HATCHES = {
  provisional: { id: 'chart-hatch', turn: 45, isOnBars: false },
  incomplete: { id: 'chart-hatch-turned', turn: -45, isOnBars: false },
  provisionalBars: { id: 'chart-hatch-bars', turn: 45, isOnBars: true },
  incompleteBars: { id: 'chart-hatch-bars-turned', turn: -45, isOnBars: true },
} as const;

export const hatch = (name: keyof typeof HATCHES) => `url(#${HATCHES[name].id})`;

/** The first moment of a day, and that of the next one, in UTC: a day of a picture is a span. */
export function dayBounds({ from, to }: { from: string; to: string }): [Date, Date] {
  return [new Date(`${from}T00:00:00Z`), new Date(`${addDays(to, 1)}T00:00:00Z`)];
}

/** The middle of an interval. */
export function middleOf(interval: { from: string; to: string }): Date {
  const [first, end] = dayBounds(interval);
  return new Date((first.getTime() + end.getTime()) / 2);
}

/** Labels and short lines below the picture. */
export function timeAxis(from: string, to: string, { width, formats }: Look): Plot.Markish[] {
  const ticks = timeTicks(from, to, width, formats.locale);
  const texts = new Map(ticks.map(({ date, text }) => [atNoon(date).getTime(), text]));
  const dates = ticks.map(({ date }) => atNoon(date));
  return [
    Plot.axisX(dates, {
      tickFormat: (date: Date) => texts.get(date.getTime()) ?? '',
      color: COLOUR.quiet,
      label: null,
      tickSize: 4,
    }),
  ];
}

/** The amounts beside the picture, from 0 to the end of the domain. */
export function amountAxis(
  [, most]: [number, number],
  { formats }: Look,
  { ticks = 4 }: { ticks?: number } = {},
): Plot.Markish[] {
  const format = most < SMALL ? formats.average : formats.short;
  return [
    Plot.gridY({ stroke: COLOUR.grid, strokeOpacity: 1, ticks }),
    Plot.axisY({
      tickFormat: (value: number) => (Number.isInteger(value) ? formats.short(value) : format(value)),
      color: COLOUR.quiet,
      label: null,
      tickSize: 0,
      ticks,
    }),
    Plot.ruleY([0], { stroke: COLOUR.quiet }),
  ];
}

/** Averages below this need decimals. */
const SMALL = 10;
/** An axis of whole numbers reaches so far at least: it has no label between two of them. */
const LEAST_WHOLE = 4;

/** The domain of amounts. A picture without amounts still has an axis. */
export function fromZero(values: readonly (number | null | undefined)[]): [number, number] {
  const known = values.filter((value) => value != null);
  const most = Math.max(0, ...known);
  return [0, known.every(Number.isInteger) ? Math.max(LEAST_WHOLE, most) : most];
}

/** Dates without figures: a pale band, so that a gap is not read as a fall to 0. */
export function gapBands(points: readonly Stated[]): Plot.Markish {
  return Plot.rectX(spansOf(points, 'missing').map(dayBounds), {
    x1: '0',
    x2: '1',
    fill: COLOUR.gap,
  });
}

/** Dates that will be counted again: a hatched band. */
export function hatchBands(points: readonly Stated[]): Plot.Markish[] {
  return (['provisional', 'incomplete'] as const).flatMap((state) => [
    hatchPattern(state),
    Plot.rectX(spansOf(points, state).map(dayBounds), { x1: '0', x2: '1', fill: hatch(state) }),
  ]);
}

/**
 * A line with a lock above the dates that are kept although Moodle has deleted their log. `height` is that of the
 * frame, without margins.
 */
export function locks(points: readonly Stated[], height: number): Plot.Markish[] {
  const spans = spansOf(points, 'purged').map(dayBounds);
  return [
    Plot.rectX(spans, {
      x1: '0',
      x2: '1',
      insetLeft: 1,
      insetRight: 1,
      insetBottom: height - 2,
      fill: COLOUR.quiet,
    }),
    Plot.dot(spans, {
      x: ([first, end]) => new Date((first.getTime() + end.getTime()) / 2),
      frameAnchor: 'top',
      dy: -9,
      r: 5,
      symbol: LOCK,
      fill: COLOUR.quiet,
    }),
  ];
}

const LOCK = {
  draw(context: CanvasPath, size: number) {
    const unit = Math.sqrt(size) / 5;
    context.rect(-3 * unit, -unit, 6 * unit, 4.5 * unit);
    context.moveTo(-2 * unit, -unit);
    context.arc(0, -unit, 2 * unit, Math.PI, 0);
    context.lineTo(1.2 * unit, -unit);
    context.arc(0, -unit, 1.2 * unit, 0, Math.PI, true);
    context.closePath();
  },
};

/** Defines a hatching. Each picture has its own copy: it must survive without the others. */
export const hatchPattern = (name: keyof typeof HATCHES) => () => {
  const { id, turn, isOnBars } = HATCHES[name];
  const pattern = element('pattern', {
    id,
    width: '6',
    height: '6',
    patternUnits: 'userSpaceOnUse',
    patternTransform: `rotate(${turn})`,
  });
  const look = isOnBars
    ? { fill: COLOUR.surface, 'fill-opacity': '0.75' }
    : { fill: COLOUR.quiet, 'fill-opacity': '0.35' };
  pattern.append(element('rect', { width: '1.5', height: '6', ...look }));
  const defs = element('defs', {});
  defs.append(pattern);
  return defs as SVGElement;
};

function element(name: string, attributes: Record<string, string>): Element {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

/** The box that follows the pointer. */
export const TIP = {
  fill: COLOUR.surface,
  stroke: COLOUR.quiet,
  fontSize: 12,
  lineHeight: 1.35,
  textPadding: 8,
  preferredAnchor: 'bottom-left',
} as const satisfies Plot.TipOptions;

export { DAY_MS };
