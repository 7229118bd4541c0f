import { PROBE_TIMEOUT_MS, withTimeout } from './timeout.ts';

/** How long an answer is reused. */
const FRESH_MS = 1000;

/**
 * Shares one check among all callers. A check starts at most once every `freshMs`, and never while another one runs.
 * Each caller waits `timeoutMs` at most. The check itself continues, and later callers wait for the same one.
 */
export function sharedCheck<Answer>(
  check: () => Promise<Answer>,
  { freshMs = FRESH_MS, timeoutMs = PROBE_TIMEOUT_MS } = {},
): () => Promise<Answer> {
  let newest: Promise<Answer> | undefined;
  let staleAt = 0;
  return async () => {
    if (newest === undefined || performance.now() >= staleAt) {
      staleAt = Number.POSITIVE_INFINITY;
      newest = check();
      const keep = () => {
        staleAt = performance.now() + freshMs;
      };
      newest.then(keep, keep);
    }
    return withTimeout(timeoutMs, newest);
  };
}
