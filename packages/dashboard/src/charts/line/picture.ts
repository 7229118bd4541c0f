import * as Plot from '@observablehq/plot';
import type { Point } from '../../api/types.ts';
import { changeOf, intervalText, type Look, numberText } from '../chart.ts';
import { COLOUR } from '../colours.ts';
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
import { isSettled } from '../states.ts';
import { LINE_HEIGHT, LINE_MARGIN } from './frame.ts';
import type { LineData } from './table.ts';

/** Up to so many points, each has a mark of its own. */
const MOST_MARKS = 45;

/** The line of a figure. Settled figures are solid, those that will change dashed with hollow marks. */
export function drawLine({ metric, points, compared }: LineData, look: Look): Element {
  const { width, words } = look;
  const [first, last] = [points[0], points.at(-1)];
  if (!first || !last) throw new Error('A line needs a point');
  const [start] = dayBounds(first);
  const [, end] = dayBounds(last);
  const y = fromZero([...points, ...(compared ?? [])].map(({ value }) => value));
  const marked = points.filter((point, index) => isMarked(points, index) && point.value !== null);
  const x = (point: Point) => middleOf(point);
  return Plot.plot({
    width,
    height: LINE_HEIGHT,
    ...LINE_MARGIN,
    ariaLabel: words.figures.metrics[metric],
    x: { type: 'utc', domain: [start, end] },
    y: { domain: y, nice: 4 },
    marks: [
      gapBands(points),
      ...hatchBands(points),
      ...amountAxis(y, look),
      ...timeAxis(first.from, last.to, look),
      Plot.areaY(points, { x, y1: 0, y2: 'value', fill: COLOUR.main, fillOpacity: 0.08 }),
      comparedLine(points, compared),
      Plot.lineY(points, { x, y: settledValue, stroke: COLOUR.main, strokeWidth: 2 }),
      Plot.lineY(points, {
        x,
        y: unsettledValue(points),
        stroke: COLOUR.main,
        strokeWidth: 2,
        strokeDasharray: '4 4',
        strokeLinecap: 'butt',
      }),
      Plot.dot(marked, {
        x,
        y: 'value',
        r: 3.5,
        stroke: COLOUR.main,
        strokeWidth: 2,
        fill: (point: Point) => (isSettled(point) ? COLOUR.main : COLOUR.surface),
      }),
      ...locks(points, LINE_HEIGHT - LINE_MARGIN.marginTop - LINE_MARGIN.marginBottom),
      Plot.ruleX(points, Plot.pointerX({ x, stroke: COLOUR.quiet })),
      Plot.tip(
        points,
        Plot.pointerX({
          x,
          y: (point: Point) => point.value ?? 0,
          title: tipText({ metric, points, compared }, look),
          ...TIP,
        }),
      ),
    ],
  });
}

function comparedLine(points: LineData['points'], compared: LineData['compared']): Plot.Markish {
  const pairs = points.flatMap((point, index) => {
    const other = compared?.[index];
    return other ? [{ at: middleOf(point), value: other.value }] : [];
  });
  return Plot.lineY(pairs, { x: 'at', y: 'value', stroke: COLOUR.compared, strokeWidth: 1.5 });
}

const settledValue = (point: Point) => (isSettled(point) ? point.value : null);

/** The values of unsettled points and of their neighbours: the dashes lead from and to the solid line. */
function unsettledValue(points: readonly Point[]) {
  return (point: Point, index: number) => {
    const near = [points[index - 1], point, points[index + 1]];
    return near.some((one) => one && !isSettled(one) && one.value !== null) ? point.value : null;
  };
}

/** A single point between gaps would be no line. */
function isMarked(points: readonly Point[], index: number): boolean {
  const point = points[index];
  const isAlone = points[index - 1]?.value == null && points[index + 1]?.value == null;
  return points.length <= MOST_MARKS || isAlone || (point !== undefined && !isSettled(point));
}

function tipText({ metric, points, compared }: LineData, look: Look) {
  const { words, formats } = look;
  return (point: Point): string => {
    const other = compared?.[points.indexOf(point)];
    const value = `${words.figures.metrics[metric]}: ${numberText(point.value, look)}`;
    const lines = [intervalText(point, look), value];
    if (!isSettled(point) || point.state === 'purged') lines.push(words.figures.states[point.state]);
    if (other) {
      const change = formats.change(changeOf(point.value, other.value));
      lines.push(`${intervalText(other, look)}: ${numberText(other.value, look)} (${change})`);
    }
    return lines.join('\n');
  };
}
