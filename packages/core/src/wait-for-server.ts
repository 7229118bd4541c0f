import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseUnavailable } from './database-errors.ts';
import { asError } from './errors.ts';
import type { Logger } from './logger.ts';

/** Short for the operator, and no load on a server that is starting. */
const PAUSE_MS = 1000;

/**
 * Repeats `ask` until the database is reachable. Logs the beginning and the end of the outage. Returns without an
 * answer when `signal` aborts. Throws errors that are no outage.
 */
export async function retryUntilReachable(
  server: string,
  ask: () => Promise<void>,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> {
  let isWaiting = false;
  while (!signal.aborted) {
    try {
      await ask();
      if (isWaiting) log.info({ server }, 'server is reachable again');
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!isDatabaseUnavailable(error)) throw error;
      if (!isWaiting) log.warn({ server, err: asError(error) }, 'server is unreachable, waiting for it');
      isWaiting = true;
    }
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
}
