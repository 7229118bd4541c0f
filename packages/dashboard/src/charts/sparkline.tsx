/** A line as high as a text, without axes. Gaps are gaps, and 0 is at the bottom. It needs no library. */

const WIDTH = 96;
const HEIGHT = 22;
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

/** `label` says in words what the line shows. */
export function Sparkline({ values, label }: { values: readonly (number | null)[]; label: string }) {
  const parts = sparkParts(values);
  const last = values.at(-1) === null ? undefined : parts.at(-1)?.at(-1);
  return (
    <svg
      class="sparkline"
      role="img"
      aria-label={label}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
    >
      {parts.map((part) =>
        part.length === 1 ? (
          <circle key={part[0]?.x} cx={part[0]?.x} cy={part[0]?.y} r="1.5" />
        ) : (
          <polyline
            key={part[0]?.x}
            points={part.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ')}
          />
        ),
      )}
      {last && <circle cx={last.x} cy={last.y} r="2.25" class="sparkline-end" />}
    </svg>
  );
}
