import { BATCHES, PROBE_TIMEOUT_MS, withTimeout } from '@etl/core';
import type { Queues } from '@etl/queue';
import type { Check } from '../alert.ts';

const ABOUT = { cause: 'workers' } as const;

/**
 * Checks whether each batch has a worker. A worker that has been missing for less than `lastingMs` may be restarting.
 * Redis knows the workers: if it does not answer, there is no check.
 */
export function workerCheck(queues: Pick<Queues, 'workers'>, lastingMs: number): () => Promise<Check[]> {
  let missingSince: number | undefined;
  return async () => {
    const workers = await withTimeout(PROBE_TIMEOUT_MS, queues.workers()).catch(() => undefined);
    if (!workers) return [];
    const without = BATCHES.filter((batch) => workers[batch] === 0);
    if (without.length === 0) {
      missingSince = undefined;
      return [{ ...ABOUT, isFiring: false }];
    }
    missingSince ??= performance.now();
    if (performance.now() - missingSince < lastingMs) return [];
    const message = `There is no worker for ${without.join(', ')}: nothing of it is run until one is started`;
    return [{ ...ABOUT, isFiring: true, message }];
  };
}
