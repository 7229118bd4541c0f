import type { Growth } from './measures/growth.ts';
import { readable } from './report.ts';

const WIDTH = 760;
const HEIGHT = 420;
const MARGIN = { left: 80, right: 250, top: 50, bottom: 60 };
const LINES = [
  { of: 'scan', name: 'a scan of the whole log', colour: '#999999' },
  { of: 'documented', name: 'documented statement', colour: '#c05a00' },
  { of: 'ours', name: 'this system, with its load', colour: '#00629b' },
] as const;

/** A day's cost against the length of the log, both on logarithmic scales, as SVG. */
export function chartOf(points: Growth['points']): string {
  const rows = points.map(({ rows }) => rows);
  const costs = points.flatMap((point) => LINES.map(({ of }) => point[of]));
  const x = scale(Math.min(...rows), Math.max(...rows), MARGIN.left, WIDTH - MARGIN.right);
  const y = scale(Math.min(...costs), Math.max(...costs), HEIGHT - MARGIN.bottom, MARGIN.top);
  const text = (at: [number, number], content: string, more = '') =>
    `<text x="${round(at[0])}" y="${round(at[1])}" ${more}>${content}</text>`;
  const parts = [
    text([MARGIN.left, 24], 'One day of activity_counts against the length of the log', 'font-weight="bold"'),
    `<path d="M${MARGIN.left} ${MARGIN.top}V${HEIGHT - MARGIN.bottom}H${WIDTH - MARGIN.right}" fill="none" stroke="#444444"/>`,
    text([(MARGIN.left + WIDTH - MARGIN.right) / 2, HEIGHT - 12], 'rows of the log', 'text-anchor="middle"'),
    text([18, MARGIN.top - 14], 'milliseconds'),
    ...tens(rows).map((at) =>
      text([x(at), HEIGHT - MARGIN.bottom + 20], at.toLocaleString('en'), 'text-anchor="middle"'),
    ),
    ...tens(costs).map((at) =>
      text([MARGIN.left - 8, y(at) + 4], at.toLocaleString('en'), 'text-anchor="end"'),
    ),
    ...LINES.flatMap(({ of, name, colour }) => {
      const last = points.at(-1);
      return [
        `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points
          .map((point) => `${round(x(point.rows))},${round(y(point[of]))}`)
          .join(' ')}"/>`,
        ...points.map(
          (point) =>
            `<circle cx="${round(x(point.rows))}" cy="${round(y(point[of]))}" r="4" fill="${colour}"/>`,
        ),
        last
          ? text(
              [x(last.rows) + 12, y(last[of]) + 4],
              `${name}: ${readable(last[of])} ms`,
              `fill="${colour}"`,
            )
          : '',
      ];
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">
<title>One day of activity_counts against the length of the log</title>
<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>
${parts.join('\n')}
</svg>
`;
}

/** Maps a value to a place between two points by its logarithm. */
function scale(least: number, most: number, from: number, to: number): (value: number) => number {
  const [low, high] = [Math.log10(least) - 0.1, Math.log10(most) + 0.1];
  return (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
}

/** The powers of ten within the range of the values. */
function tens(values: readonly number[]): number[] {
  const first = Math.ceil(Math.log10(Math.min(...values)) - 0.1);
  const last = Math.floor(Math.log10(Math.max(...values)) + 0.1);
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
