import type { ComponentChildren } from 'preact';
import lazy, { ErrorBoundary } from 'preact-iso/lazy';
import { NotLoaded } from '../../shell/not-loaded.tsx';

/** What explains figures is loaded when it is first needed: most views are read without it. */
export const Drawer = lazy(() =>
  import('./drawer.tsx').then(
    ({ Drawer }) => Drawer,
    () => NotLoaded,
  ),
);
export const NoFigures = lazy(() =>
  import('./no-figures.tsx').then(
    ({ NoFigures }) => NoFigures,
    () => NotLoaded,
  ),
);
export const NotCountedNote = lazy(() =>
  import('./no-figures.tsx').then(
    ({ NotCountedNote }) => NotCountedNote,
    () => NotLoaded,
  ),
);
export const NotCounted = lazy(() =>
  import('./not-counted.tsx').then(
    ({ NotCounted }) => NotCounted,
    () => NotLoaded,
  ),
);
export const LedgerBar = lazy(() =>
  import('./ledger-bar.tsx').then(
    ({ LedgerBar }) => LedgerBar,
    () => NotLoaded,
  ),
);
export const Restatements = lazy(() =>
  import('./restatements.tsx').then(
    ({ Restatements }) => Restatements,
    () => NotLoaded,
  ),
);

/** Around what is loaded later: the rest of the view stays meanwhile. */
export function Later({ children }: { children: ComponentChildren }) {
  return <ErrorBoundary>{children}</ErrorBoundary>;
}
