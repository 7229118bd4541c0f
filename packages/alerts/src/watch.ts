import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { asError, type Config, type Logger } from '@etl/core';
import type { Queues } from '@etl/queue';
import { pingWarehouse, type Warehouse, withLock } from '@etl/warehouse';
import type { Alert, AlertStore, Look } from './alert.ts';
import { type Dependency, dependencyLooks, LOOK_PATIENCE_MS } from './looks/dependencies.ts';
import { failedRunLooks } from './looks/failed-runs.ts';
import { lateDateLooks } from './looks/late-dates.ts';
import { settle } from './settle.ts';
import { processStore } from './stores/process-store.ts';
import { queueStore } from './stores/queue-store.ts';
import { warehouseStore } from './stores/warehouse-store.ts';
import { send } from './webhook.ts';

export interface Watch {
  warehouse: Warehouse;
  queues: Queues;
  /** What else this process needs and can see. */
  others: readonly Dependency[];
  config: Pick<
    Config,
    | 'ETL_ALERT_URL'
    | 'ETL_ALERT_SECRET'
    | 'ETL_QUEUE_PREFIX'
    | 'ETL_LEASE_SECONDS'
    | 'ETL_TIMEZONE'
    | 'ETL_CATCH_UP_DAYS'
  >;
  log: Logger;
  now: () => Date;
}

/** Another process that goes round is done by then, or the next round is ours. */
const LOCK_WAIT_SECONDS = 5;

/**
 * For so many looks nobody may have seen a cause before it is over: between two looks of a process that is cut off the others
 * must not take it for mended.
 */
const LOOKS_OF_CALM = 3;

/** Longer than a round takes; the lock of a process that died in it runs out. */
const LONGEST_ROUND_MS = 60_000;

/** Goes round once a lease for as long as its process lives. Does nothing where nobody is to be told. */
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
  const ofThisProcess = processStore();
  const deliver = (alert: Alert) => send(alert, { url, secret: config.ETL_ALERT_SECRET, signal: stopped });
  let isFailing = false;
  while (!stopped.aborted) {
    try {
      const { looks, answering } = await look();
      await settleInTurn(watch, answering, ofThisProcess, async (stores) => {
        const ofDates = answering.has('database') ? await dateLooks(watch, stores) : [];
        const now = watch.now().getTime();
        await settle({
          looks: [...looks, ...ofDates],
          stores,
          deliver,
          calmMs: LOOKS_OF_CALM * (leaseMs + LOOK_PATIENCE_MS),
          now,
          log,
        });
      });
      isFailing = false;
    } catch (error) {
      // Whoever relies on being told must be able to see that nobody is; one line for each outage says enough.
      log[isFailing ? 'debug' : 'warn']({ err: asError(error) }, 'alerts could not be looked after');
      isFailing = true;
    }
    await sleep(leaseMs, undefined, { signal: stopped }).catch(() => {});
  }
}

async function dateLooks({ warehouse, config, now }: Watch, stores: readonly AlertStore[]): Promise<Look[]> {
  const known = (await Promise.all(stores.map((store) => store.all()))).flat();
  return [
    ...(await lateDateLooks(warehouse, known, config, now())),
    ...(await failedRunLooks(warehouse, known)),
  ];
}

/**
 * Does the work while no other process does it, with the stores that answer: the warehouse first, Redis while that is away, and this
 * process alone while both are (then each tells for itself: twice is better than never).
 */
async function settleInTurn(
  { warehouse, queues, config }: Watch,
  answering: ReadonlySet<string>,
  ofThisProcess: AlertStore,
  work: (stores: readonly [AlertStore, ...AlertStore[]]) => Promise<void>,
): Promise<void> {
  const ofQueue = queueStore(queues.redis, config.ETL_QUEUE_PREFIX);
  const isQueueThere = answering.has('queue');
  if (answering.has('database')) {
    const ofWarehouse = warehouseStore(warehouse);
    const stores = isQueueThere
      ? ([ofWarehouse, ofQueue, ofThisProcess] as const)
      : ([ofWarehouse, ofThisProcess] as const);
    await withLock(warehouse, { name: 'alerts', waitSeconds: LOCK_WAIT_SECONDS }, () => work(stores));
    return;
  }
  if (!isQueueThere) return work([ofThisProcess]);
  const lock = `${config.ETL_QUEUE_PREFIX}:alerts:lock`;
  const owner = randomUUID();
  if ((await queues.redis.set(lock, owner, 'PX', LONGEST_ROUND_MS, 'NX')) === null) return;
  try {
    await work([ofQueue, ofThisProcess]);
  } finally {
    if ((await queues.redis.get(lock)) === owner) await queues.redis.del(lock);
  }
}
