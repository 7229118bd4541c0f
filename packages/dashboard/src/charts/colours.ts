import type { ViewKind } from '../api/types.ts';
import type { Words } from '../words/en.ts';

/** The colours of pictures. `charts.css` gives each of them a value for light and for dark pages. */
export const COLOUR = {
  ink: 'var(--chart-ink)',
  quiet: 'var(--chart-quiet)',
  grid: 'var(--chart-grid)',
  surface: 'var(--chart-surface)',
  gap: 'var(--chart-gap)',
  main: 'var(--chart-main)',
  compared: 'var(--chart-compared)',
  rise: 'var(--chart-rise)',
  fall: 'var(--chart-fall)',
} as const;

const KIND_COLOURS = 8;

/** The kinds of views in the order of legends and stacks. Only the words name them. */
export function viewKinds(words: Words): ViewKind[] {
  return Object.keys(words.figures.kinds) as ViewKind[];
}

export function kindColour(index: number): string {
  return `var(--chart-kind-${(index % KIND_COLOURS) + 1})`;
}
