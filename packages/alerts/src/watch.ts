import {
  asError,
  type Config,
  type FigureSettings,
  type Logger,
  type Periodic,
  PROBE_TIMEOUT_MS,
  startPeriodic,
} from '@etl/core';
import type { Queues } from '@etl/queue';
import { pingWarehouse, type Warehouse, warehouseTime, withLock } from '@etl/warehouse';
import type { Alert, Check } from './alert.ts';
import { type Dependency, dependencyChecks } from './checks/dependencies.ts';
import { failedRunChecks } from './checks/failed-runs.ts';
import { lateDateChecks } from './checks/late-dates.ts';
import { restatementChecks } from './checks/restatements.ts';
import { settingsCheck } from './checks/settings.ts';
import { workerCheck } from './checks/workers.ts';
import { outageSender } from './outage-sender.ts';
import { settle } from './settle.ts';
import { openAlertStore } from './store.ts';
import { send } from './webhook.ts';

export interface AlertsOptions {
  warehouse: Warehouse;
  queues: Queues;
  /** Other servers that this process needs. */
  others: readonly Dependency[];
  config: FigureSettings &
    Pick<
      Config,
      | 'ETL_ALERT_URL'
      | 'ETL_ALERT_SECRET'
      | 'ETL_QUEUE_PREFIX'
      | 'ETL_LEASE_SECONDS'
      | 'ETL_CATCH_UP_DAYS'
      | 'ETL_RESTATEMENT_ALERT_PERCENT'
    >;
  log: Logger;
}

/**
 * Number of rounds without the cause after which an alert is resolved. If only one process cannot reach a server, the
 * others must not resolve its alert between two of its rounds.
 */
const CLEAR_ROUNDS = 3;

/**
 * A process waits this long for the lock: by then the other one is done, or the next round comes. The lock of a
 * process that hangs expires.
 */
const LOCK = { name: 'alerts', waitSeconds: 5, longestSeconds: 60 };

/** Number of rounds in a row without the lock after which a process that hangs must hold it. */
const ROUNDS_BEFORE_WARNING = 10;

/**
 * Checks the system once a lease and sends alerts to ETL_ALERT_URL. Does nothing without that setting. Every gateway
 * and worker does so, because any of them may be the last one that runs. A lock of the warehouse lets one at a time
 * settle alerts.
 */
export function startAlerts(options: AlertsOptions): Periodic {
  const { warehouse, queues, config, log } = options;
  const { ETL_ALERT_URL: url, ETL_ALERT_SECRET: secret } = config;
  if (url === undefined) return { stop: async () => {} };
  const leaseMs = config.ETL_LEASE_SECONDS * 1000;
  const checkDependencies = dependencyChecks(dependenciesOf(options), 2 * leaseMs);
  const checkWorkers = workerCheck(queues, 2 * leaseMs);
  const store = openAlertStore(warehouse, outageSender(queues.redis, config), log);
  let roundsMissed = 0;

  const settleOnce = async (found: readonly Check[], isReachable: boolean, stopping: AbortSignal) => {
    const loaded = await store.load(isReachable);
    if (!loaded) return;
    const ofWarehouse = isReachable ? await warehouseChecks(options, [...loaded.known.values()]) : [];
    await settle({
      ...loaded,
      checks: [...found, ...ofWarehouse],
      store,
      deliver: (alert) => send(alert, { url, secret, signal: stopping }),
      clearAfterMs: CLEAR_ROUNDS * (leaseMs + PROBE_TIMEOUT_MS),
      log,
    });
  };
  const run = async (stopping: AbortSignal) => {
    const { checks, answering } = await checkDependencies();
    if (answering.has('queue')) checks.push(...(await checkWorkers()));
    if (!answering.has('database')) return settleOnce(checks, false, stopping);
    const isOurTurn = await withLock(warehouse, LOCK, () => settleOnce(checks, true, stopping));
    roundsMissed = isOurTurn ? 0 : roundsMissed + 1;
    if (roundsMissed === ROUNDS_BEFORE_WARNING)
      log.warn('another process has held the lock of the alerts for long');
  };
  return startPeriodic({ name: 'alerts', everyMs: leaseMs, run, log });
}

function dependenciesOf({ warehouse, queues, others }: AlertsOptions): Dependency[] {
  return [
    { cause: 'database', name: 'The warehouse', ping: () => pingWarehouse(warehouse) },
    { cause: 'queue', name: 'Redis', ping: () => queues.ping() },
    ...others,
  ];
}

/** Checks dates, runs, restatements and settings. A query that fails does not hide what the others found. */
async function warehouseChecks(
  { warehouse, config, log }: AlertsOptions,
  known: readonly Alert[],
): Promise<readonly Check[]> {
  const results = await Promise.allSettled([
    warehouseTime(warehouse).then((now) => lateDateChecks(warehouse, known, config, now)),
    failedRunChecks(warehouse, known),
    restatementChecks(warehouse, known, config),
    settingsCheck(warehouse, config),
  ]);
  return results.flatMap((result) => {
    if (result.status === 'fulfilled') return result.value;
    log.debug({ err: asError(result.reason) }, 'check of the warehouse failed');
    return [];
  });
}
