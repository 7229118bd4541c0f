import { setTimeout as sleep } from 'node:timers/promises';
import { asError } from './errors.ts';
import type { Logger } from './logger.ts';

export interface PeriodicOptions {
  /** The field `loop` of its log lines. */
  name: string;
  /** Milliseconds from the end of a round to the start of the next one. A function is asked after every round. */
  everyMs: number | (() => number);
  /** One round. `stopping` aborts when the loop is stopped. If a round throws, the next one tries again. */
  run(stopping: AbortSignal): Promise<void>;
  log: Pick<Logger, 'debug' | 'info' | 'warn'>;
}

export interface Periodic {
  /** Starts no more rounds. Resolves when the current round has ended. */
  stop(): Promise<void>;
}

/**
 * Starts a background loop, whose first round begins at once. Rounds never overlap. The first error of an outage is
 * logged as a warning, later ones at debug level, and the first round that succeeds again as information.
 */
export function startPeriodic({ name, everyMs, run, log }: PeriodicOptions): Periodic {
  const stopping = new AbortController();
  const { signal } = stopping;
  const rounds = (async () => {
    let isFailing = false;
    while (!signal.aborted) {
      try {
        await run(signal);
        if (isFailing) log.info({ loop: name }, 'background loop works again');
        isFailing = false;
      } catch (error) {
        // A stop interrupts the round: its error is no outage.
        const level = isFailing || signal.aborted ? 'debug' : 'warn';
        log[level]({ loop: name, err: asError(error) }, 'background loop failed, retrying');
        isFailing = true;
      }
      const pause = typeof everyMs === 'number' ? everyMs : everyMs();
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await rounds;
    },
  };
}
