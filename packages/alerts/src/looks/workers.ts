import { BATCHES, PROBE_TIMEOUT_MS, withTimeout } from '@etl/core';
import type { Queues } from '@etl/queue';
import type { Look } from '../alert.ts';

const ABOUT = { cause: 'workers' } as const;

/**
 * Looks whether there is a worker for each batch. One that has been away for less than `lastingMs` is being restarted. Says nothing where
 * Redis, which sees them, does not answer.
 */
export function workerLooks(queues: Pick<Queues, 'workers'>, lastingMs: number): () => Promise<Look[]> {
  let goneSince: number | undefined;
  return async () => {
    const workers = await withTimeout(PROBE_TIMEOUT_MS, queues.workers()).catch(() => undefined);
    if (!workers) return [];
    const untaken = BATCHES.filter((batch) => workers[batch] === 0);
    if (untaken.length === 0) {
      goneSince = undefined;
      return [{ ...ABOUT, isThere: false }];
    }
    goneSince ??= performance.now();
    if (performance.now() - goneSince < lastingMs) return [];
    const message = `There is no worker for ${untaken.join(', ')}: nothing of it is run until one is started`;
    return [{ ...ABOUT, isThere: true, message }];
  };
}
