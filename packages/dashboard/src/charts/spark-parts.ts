export const WIDTH = 96;
export const HEIGHT = 22;
const INSET = 2.5;

interface Place {
  x: number;
  y: number;
}

/** The parts of the line between gaps. */
export function sparkParts(values: readonly (number | null)[]): Place[][] {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  const step = values.length > 1 ? (WIDTH - 2 * INSET) / (values.length - 1) : 0;
  const parts: Place[][] = [[]];
  for (const [index, value] of values.entries()) {
    if (value === null) parts.push([]);
    else
      parts
        .at(-1)
        ?.push({ x: INSET + index * step, y: HEIGHT - INSET - (value / most) * (HEIGHT - 2 * INSET) });
  }
  return parts.filter((part) => part.length > 0);
}
