import { setTimeout as sleep } from 'node:timers/promises';
import { asError, type Config, type FigureSettings, type Logger, settingsDifference } from '@etl/core';
import { storeMissingSettings, type Warehouse } from '@etl/warehouse';

/** While the worker waits: it begins soon after the settings agree. */
const WAITING_CHECK_MS = 1000;

export interface SettingsWatch {
  /** Throws if the settings differ, or have not been compared yet. */
  check(): void;
  stop(): Promise<void>;
}

/**
 * Compares this worker's settings with the stored ones for as long as it lives; the first worker stores its own. Calls `start` once
 * they agree and `pause` once they differ, in turns. Every claim compares them as well.
 */
export function watchSettings(
  warehouse: Warehouse,
  config: FigureSettings & Pick<Config, 'ETL_LEASE_SECONDS'>,
  log: Logger,
  work: { start(): void; pause(): Promise<void> },
): SettingsWatch {
  const stopped = new AbortController();
  let problem: string | undefined = 'The settings have not been compared with the stored ones yet';
  let isWorking = false;

  const compare = async () => {
    const difference = settingsDifference(config, await storeMissingSettings(warehouse, config));
    if (stopped.signal.aborted) return;
    if (difference && problem !== difference.message) {
      log.error(
        { why: difference.message },
        'settings differ from the stored ones: this worker takes nothing',
      );
    }
    problem = difference?.message;
    const wasWorking = isWorking;
    isWorking = !difference;
    if (difference && wasWorking) await work.pause();
    if (!difference && !wasWorking) {
      log.info('settings agree with the stored ones: this worker takes jobs');
      work.start();
    }
  };

  const checks = (async () => {
    while (!stopped.signal.aborted) {
      // An unreachable database is logged by those that need it.
      await compare().catch((error: unknown) => log.debug({ err: asError(error) }, 'settings not compared'));
      const pause = isWorking ? (config.ETL_LEASE_SECONDS * 1000) / 2 : WAITING_CHECK_MS;
      await sleep(pause, undefined, { signal: stopped.signal }).catch(() => {});
    }
  })();
  return {
    check: () => {
      if (problem !== undefined) throw new Error(problem);
    },
    stop: async () => {
      stopped.abort();
      await checks;
    },
  };
}
