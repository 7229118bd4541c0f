import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseUnavailable } from './database-errors.ts';
import { asError } from './errors.ts';
import type { Logger } from './logger.ts';

/** Often enough that nobody waits for us, and a server that starts does not notice. */
const PAUSE_MS = 1000;

/**
 * Asks a database something as soon as it answers, and says in the log that it is waited for, and when it is there. Ends without an answer
 * when `signal` aborts. Throws what is not an outage.
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
      if (isWaiting) log.info({ server }, 'server is there');
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!isDatabaseUnavailable(error)) throw error;
      if (!isWaiting) log.warn({ server, err: asError(error) }, 'server is away: waiting for it');
      isWaiting = true;
    }
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => {});
  }
}
