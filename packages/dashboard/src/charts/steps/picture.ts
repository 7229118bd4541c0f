import * as Plot from '@observablehq/plot';
import { type Look, numberText } from '../chart.ts';
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
import type { DayOfEnrolments } from './table.ts';

const HEIGHT = 200;
const MARGIN = { marginTop: 20, marginLeft: 44, marginRight: 84, marginBottom: 36 };

/** Enrolments hold until the next count: a line of steps for students, and one for teachers. */
export function drawSteps(days: readonly DayOfEnrolments[], look: Look): Element {
  const { width, words, formats } = look;
  const all = days.map((day) => ({ ...day, from: day.extraction_date, to: day.extraction_date }));
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) throw new Error('The picture needs a day');
  const x = (day: (typeof all)[number]) => middleOf(day);
  const end = (figure: 'num_students' | 'num_teachers') => {
    const day = all.findLast((one) => one[figure] !== null);
    return day ? [{ at: middleOf(day), value: day[figure] }] : [];
  };
  const label = { x: 'at', y: 'value', textAnchor: 'start', dx: 8, fontWeight: 600 } as const;
  const y = fromZero(all.flatMap((day) => [day.num_students, day.num_teachers]));
  return Plot.plot({
    width,
    height: HEIGHT,
    ...MARGIN,
    ariaLabel: words.figures.metrics.num_students,
    x: { type: 'utc', domain: [dayBounds(first)[0], dayBounds(last)[1]] },
    y: { domain: y, nice: 4 },
    marks: [
      gapBands(all),
      ...hatchBands(all),
      ...locks(all, HEIGHT - MARGIN.marginTop - MARGIN.marginBottom),
      ...amountAxis(y, look),
      ...timeAxis(first.from, last.to, look),
      Plot.lineY(all, {
        x,
        y: 'num_teachers',
        curve: 'step',
        stroke: COLOUR.compared,
        strokeWidth: 2,
        strokeDasharray: '6 3',
        strokeLinecap: 'butt',
      }),
      Plot.lineY(all, { x, y: 'num_students', curve: 'step', stroke: COLOUR.main, strokeWidth: 2 }),
      Plot.text(end('num_students'), { ...label, text: () => words.charts.students, fill: COLOUR.main }),
      Plot.text(end('num_teachers'), { ...label, text: () => words.charts.teachers, fill: COLOUR.quiet }),
      Plot.ruleX(all, Plot.pointerX({ x, stroke: COLOUR.quiet })),
      Plot.tip(
        all,
        Plot.pointerX({
          x,
          y: (day: DayOfEnrolments) => day.num_students ?? 0,
          title: (day: DayOfEnrolments) =>
            [
              formats.shortDate(day.extraction_date),
              `${words.charts.students}: ${numberText(day.num_students, look)}`,
              `${words.charts.teachers}: ${numberText(day.num_teachers, look)}`,
            ].join('\n'),
          ...TIP,
        }),
      ),
    ],
  });
}
