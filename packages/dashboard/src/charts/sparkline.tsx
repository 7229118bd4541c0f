import { HEIGHT, sparkParts, WIDTH } from './spark-parts.ts';

/**
 * A line as high as a text, without axes. Gaps are gaps, and 0 is at the bottom. It needs no library. `label` says in
 * words what it shows.
 */
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
