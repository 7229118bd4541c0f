import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient, type Logger } from '@etl/core';

/** Between two tries to reach an unreachable warehouse. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/**
 * Repeats `access` for as long as the warehouse is unreachable. A batch's state must be recorded: the job would be
 * lost with it. Throws permanent errors.
 */
export async function retryTransient<T>(access: () => Promise<T>, log: Logger): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await access();
    } catch (error) {
      if (!isTransient(error)) throw error;
      log.warn({ err: error }, 'warehouse is unreachable, retrying');
      await sleep(pause);
    }
  }
}
