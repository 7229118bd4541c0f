import { PROBE_TIMEOUT_MS, withTimeout } from './timeout.ts';

/** How long an answer is given again. */
const FRESH_MS = 1000;

/**
 * Shares one look among all that ask. A look begins at most once a second, and never while another one runs. Each
 * caller waits `timeoutMs` at most. The look itself is never abandoned: later callers wait for the same one.
 */
export function sharedCheck<Answer>(
  look: () => Promise<Answer>,
  { freshMs = FRESH_MS, timeoutMs = PROBE_TIMEOUT_MS } = {},
): () => Promise<Answer> {
  let newest: Promise<Answer> | undefined;
  let staleAt = 0;
  return async () => {
    if (newest === undefined || performance.now() >= staleAt) {
      staleAt = Number.POSITIVE_INFINITY;
      newest = look();
      const keep = () => {
        staleAt = performance.now() + freshMs;
      };
      newest.then(keep, keep);
    }
    return withTimeout(timeoutMs, newest);
  };
}
