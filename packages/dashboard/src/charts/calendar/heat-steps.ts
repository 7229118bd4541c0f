/** The steps of a heat map by quantiles: each step has about as many dates as the others. */
export interface HeatStep {
  from: number;
  to: number;
}

export const MOST_STEPS = 5;

/** The steps of the values above 0, from the least. Fewer than `MOST_STEPS` if there are fewer values. */
export function heatSteps(values: readonly number[]): HeatStep[] {
  const sorted = values.filter((value) => value > 0).toSorted((one, other) => one - other);
  const distinct = new Set(sorted).size;
  const count = Math.min(MOST_STEPS, distinct);
  const steps: HeatStep[] = [];
  for (let index = 0; index < count; index++) {
    const part = sorted.slice(
      Math.floor((index * sorted.length) / count),
      Math.floor(((index + 1) * sorted.length) / count),
    );
    // One value is in one step only, that of its first place.
    const own = part.filter((value) => value > (steps.at(-1)?.to ?? 0));
    const [from, to] = [own[0], own.at(-1)];
    if (from !== undefined && to !== undefined) steps.push({ from, to });
  }
  return steps;
}

/** The number of a value's step: 0 for no views, else from 1. */
export function stepOf(value: number, steps: readonly HeatStep[]): number {
  if (value <= 0) return 0;
  const index = steps.findIndex(({ to }) => value <= to);
  return index === -1 ? steps.length : index + 1;
}
