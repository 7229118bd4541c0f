import {
  type Config,
  type FigureSettings,
  type Logger,
  type Periodic,
  settingsDifference,
  startPeriodic,
} from '@etl/core';
import { storeMissingSettings, type Warehouse } from '@etl/warehouse';

/** While the worker waits. It starts to take jobs soon after the settings match. */
const WAITING_CHECK_MS = 1000;

export interface SettingsWatch extends Periodic {
  /** Throws if the settings differ, or if they have not been compared yet. */
  check(): void;
}

/**
 * Compares this worker's settings of figures with the stored ones until it is stopped. The first worker stores its
 * own. Calls `start` when they match and `pause` when they differ, in turns. Every claim compares the settings as
 * well.
 */
export function watchSettings(
  warehouse: Warehouse,
  config: FigureSettings & Pick<Config, 'ETL_LEASE_SECONDS'>,
  log: Logger,
  work: { start(): void; pause(): Promise<void> },
): SettingsWatch {
  let problem: string | undefined = 'The settings have not been compared with the stored ones yet';
  let isWorking = false;

  const compare = async (stopping: AbortSignal) => {
    const difference = settingsDifference(config, await storeMissingSettings(warehouse, config));
    if (stopping.aborted) return;
    if (difference && problem !== difference.message) {
      log.error(
        { why: difference.message },
        'settings differ from the stored ones: this worker takes no jobs',
      );
    }
    problem = difference?.message;
    const wasWorking = isWorking;
    isWorking = !difference;
    if (difference && wasWorking) await work.pause();
    if (!difference && !wasWorking) {
      log.info('settings match the stored ones: this worker takes jobs');
      work.start();
    }
  };

  const loop = startPeriodic({
    name: 'settings',
    everyMs: () => (isWorking ? (config.ETL_LEASE_SECONDS * 1000) / 2 : WAITING_CHECK_MS),
    run: compare,
    log,
  });
  return {
    ...loop,
    check: () => {
      if (problem !== undefined) throw new Error(problem);
    },
  };
}
