import { samplesOf } from '../samples.ts';
import type { View } from './views.ts';
import type { Visit } from './visit.ts';

/** What a view may take at most. Sizes are of scripts as gzip. */
const AIMS = {
  coldPaint: 1200,
  warmPaint: 600,
  toPaint: 100,
  shift: 0.02,
  firstCalls: 3,
  calls: 6,
  slowest: 300,
  scripts: 40,
  charts: 100,
};
type Figure = keyof typeof AIMS;

/** The figures of a view, each the median of its visits. The last two have no aim. */
export type Budget = { view: View; visits: number } & Record<Figure | 'coldDrawn' | 'warmDrawn', number>;

/** Kilobytes of scripts: those of the view, and the library of the charts. */
export interface Sizes {
  scripts: number;
  charts: number;
}

export function budgetOf(view: View, visits: readonly Visit[], sizes: Sizes): Budget {
  const median = (figure: (visit: Visit) => number) => samplesOf(visits.map(figure)).median;
  return {
    view,
    visits: visits.length,
    ...sizes,
    coldPaint: median(({ cold }) => cold.largestPaint),
    coldDrawn: median(({ cold }) => cold.drawn),
    warmPaint: median(({ warm }) => warm.largestPaint),
    warmDrawn: median(({ warm }) => warm.drawn),
    toPaint: median(({ interaction }) => interaction.toPaint),
    shift: median(({ cold, warm, interaction }) => Math.max(cold.shift, warm.shift, interaction.shift)),
    firstCalls: median(({ cold }) => cold.firstCalls),
    calls: median(({ cold }) => cold.calls),
    slowest: median(({ cold, warm, interaction }) =>
      Math.max(cold.slowest, warm.slowest, interaction.slowest),
    ),
  };
}

const COLUMNS: readonly { title: string; figure: Figure | 'coldDrawn' | 'warmDrawn'; unit?: string }[] = [
  { title: 'cold', figure: 'coldPaint' },
  { title: 'all', figure: 'coldDrawn' },
  { title: 'warm', figure: 'warmPaint' },
  { title: 'all', figure: 'warmDrawn' },
  { title: 'to paint', figure: 'toPaint' },
  { title: 'shift', figure: 'shift' },
  { title: 'first calls', figure: 'firstCalls' },
  { title: 'calls', figure: 'calls' },
  { title: 'slowest', figure: 'slowest' },
  { title: 'scripts', figure: 'scripts' },
  { title: 'charts', figure: 'charts' },
];

/** All budgets as a table in Markdown. What is more than its aim is bold. */
export function tableOf(budgets: readonly Budget[]): string {
  const rows = budgets.map((budget) => [
    budget.view.name,
    ...COLUMNS.map(({ figure }) => {
      const text = readable(figure, budget[figure]);
      return isOver(figure, budget[figure]) ? `**${text}**` : text;
    }),
  ]);
  const aims = ['_aim_', ...COLUMNS.map(({ figure }) => (figure in AIMS ? `${AIMS[figure as Figure]}` : ''))];
  return [['view', ...COLUMNS.map(({ title }) => title)], ['---', ...COLUMNS.map(() => '--:')], ...rows, aims]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

export function isOver(figure: string, value: number): boolean {
  return figure in AIMS && value > AIMS[figure as Figure];
}

function readable(figure: string, value: number): string {
  // The browser reported no largest paint.
  if (figure.endsWith('Paint') && value === 0) return '–';
  if (figure === 'shift') return value.toFixed(3);
  if (figure === 'scripts' || figure === 'charts') return value.toFixed(1);
  return Math.round(value).toLocaleString('en');
}
