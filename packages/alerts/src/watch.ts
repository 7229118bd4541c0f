import { setTimeout as sleep } from 'node:timers/promises';
import { asError, type Config, type FigureSettings, type Logger, PROBE_TIMEOUT_MS } from '@etl/core';
import type { Queues } from '@etl/queue';
import { pingWarehouse, type Warehouse, warehouseTime } from '@etl/warehouse';
import type { Alert, AlertStore, Look } from './alert.ts';
import { inTurn } from './in-turn.ts';
import { type Dependency, dependencyLooks } from './looks/dependencies.ts';
import { failedRunLooks } from './looks/failed-runs.ts';
import { lateDateLooks } from './looks/late-dates.ts';
import { settingsLooks } from './looks/settings.ts';
import { workerLooks } from './looks/workers.ts';
import { newestOf, settle } from './settle.ts';
import { processStore } from './stores/process-store.ts';
import { queueStore } from './stores/queue-store.ts';
import { warehouseStore } from './stores/warehouse-store.ts';
import { send } from './webhook.ts';

export interface Watch {
  warehouse: Warehouse;
  queues: Queues;
  /** What else this process needs and can see. */
  others: readonly Dependency[];
  config: FigureSettings &
    Pick<
      Config,
      'ETL_ALERT_URL' | 'ETL_ALERT_SECRET' | 'ETL_QUEUE_PREFIX' | 'ETL_LEASE_SECONDS' | 'ETL_CATCH_UP_DAYS'
    >;
  log: Logger;
}

/**
 * For so many looks nobody may have seen a cause before it is over: between two looks of a process that is cut off the others
 * must not take it for mended.
 */
const LOOKS_OF_CALM = 3;

/** After so many rounds in which it was another's turn something is wrong with that one. */
const MANY_ROUNDS = 10;

/**
 * Goes round once a lease for as long as its process lives. Does nothing where nobody is to be told. What was told is kept in the warehouse and in
 * Redis, so that either may be away; while both are, each process tells for itself: twice is better than never.
 */
export function startAlerts(watch: Watch): { stop(): Promise<void> } {
  const url = watch.config.ETL_ALERT_URL;
  if (url === undefined) return { stop: async () => {} };
  const stopped = new AbortController();
  const rounds = goRound(watch, url, stopped.signal);
  return {
    stop: async () => {
      stopped.abort();
      await rounds;
    },
  };
}

async function goRound(watch: Watch, url: string, stopped: AbortSignal): Promise<void> {
  const { warehouse, queues, others, config, log } = watch;
  const leaseMs = config.ETL_LEASE_SECONDS * 1000;
  const database = {
    cause: 'database',
    name: 'The database of the results',
    ping: () => pingWarehouse(warehouse),
  };
  const queue = { cause: 'queue', name: 'Redis', ping: () => queues.ping() };
  const look = dependencyLooks([database, queue, ...others], 2 * leaseMs);
  const lookForWorkers = workerLooks(queues, 2 * leaseMs);
  const ofThisProcess = processStore();
  const deliver = (alert: Alert) => send(alert, { url, secret: config.ETL_ALERT_SECRET, signal: stopped });
  let isFailing = false;
  let roundsMissed = 0;
  while (!stopped.aborted) {
    try {
      const { looks, answering } = await look();
      if (answering.has('queue')) looks.push(...(await lookForWorkers()));
      const shared = [
        ...(answering.has('database') ? [warehouseStore(warehouse)] : []),
        ...(answering.has('queue') ? [queueStore(queues.redis, config.ETL_QUEUE_PREFIX)] : []),
      ];
      const isOurTurn = await inTurn(watch, answering, async () => {
        const known = await newestOf([...shared, ofThisProcess], log);
        const ofWarehouse = answering.has('database') ? await warehouseLooks(watch, [...known.values()]) : [];
        await settle({
          looks: [...looks, ...ofWarehouse],
          known,
          shared,
          own: ofThisProcess,
          areAll: shared.length !== 1,
          deliver,
          calmMs: LOOKS_OF_CALM * (leaseMs + PROBE_TIMEOUT_MS),
          now: await timeOf([...shared, ofThisProcess]),
          log,
        });
      });
      roundsMissed = isOurTurn ? 0 : roundsMissed + 1;
      if (roundsMissed === MANY_ROUNDS) log.warn('another process has had the alerts in hand for long');
      isFailing = false;
    } catch (error) {
      // Whoever relies on being told must be able to see that nobody is; one line for each outage says enough.
      log[isFailing ? 'debug' : 'warn']({ err: asError(error) }, 'alerts could not be looked after');
      isFailing = true;
    }
    await sleep(leaseMs, undefined, { signal: stopped }).catch(() => {});
  }
}

/** By the clock of the first that says it: those of the processes may differ. */
async function timeOf(stores: readonly AlertStore[]): Promise<number> {
  for (const store of stores) {
    const now = await store.now().catch(() => undefined);
    if (now !== undefined) return now;
  }
  return Date.now();
}

/** What the warehouse says about dates, runs and settings. A query that fails does not hide the answers of the others. */
async function warehouseLooks(
  { warehouse, config, log }: Watch,
  known: readonly Alert[],
): Promise<readonly Look[]> {
  const looks = await Promise.allSettled([
    warehouseTime(warehouse).then((now) => lateDateLooks(warehouse, known, config, now)),
    failedRunLooks(warehouse, known),
    settingsLooks(warehouse, config),
  ]);
  return looks.flatMap((look) => {
    if (look.status === 'fulfilled') return look.value;
    log.debug({ err: asError(look.reason) }, 'warehouse could not be looked at');
    return [];
  });
}
