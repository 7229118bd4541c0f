import type { PointState } from '../api/types.ts';

/** A date or interval of a chart, with the state of its figures. */
export interface Stated {
  from: string;
  to: string;
  state: PointState;
}

/** The figures are of whole days, and will stay. */
export function isSettled({ state }: Pick<Stated, 'state'>): boolean {
  return state === 'final' || state === 'purged';
}

/** Adjoining intervals of one state, as one span. */
export function spansOf(points: readonly Stated[], state: PointState): { from: string; to: string }[] {
  const spans: { from: string; to: string }[] = [];
  for (const [index, point] of points.entries()) {
    if (point.state !== state) continue;
    const last = spans.at(-1);
    if (last && points[index - 1]?.state === state) last.to = point.to;
    else spans.push({ from: point.from, to: point.to });
  }
  return spans;
}

/** The states that need an explanation below the chart, each once. */
export function statesToExplain(points: readonly Stated[]): PointState[] {
  const order: PointState[] = ['provisional', 'incomplete', 'missing', 'purged'];
  return order.filter((state) => points.some((point) => point.state === state));
}
