import type { PointState } from '../api/types.ts';
import { useWords } from '../words/language.tsx';
import { viewKinds } from './colours.ts';
import { type Stated, statesToExplain } from './states.ts';

type Sign = 'main' | 'compared' | 'provisional' | 'incomplete' | 'missing' | 'purged' | `kind-${number}`;

/** The signs of a chart in words. A state has an entry only if a point has it. */
export function Legend({
  entries,
  points = [],
}: {
  entries: readonly [Sign, string][];
  points?: readonly Stated[];
}) {
  const words = useWords();
  const states = statesToExplain(points).map((state): [PointState, string] => [
    state,
    words.figures.states[state],
  ]);
  return (
    <ul class="legend" aria-label={words.charts.legend}>
      {[...entries, ...states].map(([sign, text]) => (
        <li key={sign}>
          <span class={`sign ${sign}`} aria-hidden="true" />
          {text}
        </li>
      ))}
    </ul>
  );
}

/** The kinds of views with their colours. */
export function KindsLegend({ points }: { points: readonly Stated[] }) {
  const words = useWords();
  const entries = viewKinds(words).map((kind, index): [Sign, string] => [
    `kind-${index + 1}`,
    words.figures.kinds[kind],
  ]);
  return <Legend entries={entries} points={points} />;
}
