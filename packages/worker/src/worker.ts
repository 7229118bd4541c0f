import { startAlerts } from '@etl/alerts';
import { type Batch, type ConfigWith, type Logger, PROBE_TIMEOUT_MS } from '@etl/core';
import { logIdRange, onSourceSnapshot, openSource, pingSource, sourceLoad } from '@etl/moodle';
import { checkRedisSettings, connectWorker, openQueues, startReconciler } from '@etl/queue';
import {
  openWarehouse,
  openWarehouseForProbes,
  pendingMigrations,
  TABLES_ARE_OLD,
  warehouseTime,
} from '@etl/warehouse';
import { openJobWorkers } from './job-workers.ts';
import type { WorkerMetrics } from './metrics.ts';
import { keepRollUps } from './roll-ups.ts';
import { watchSettings } from './settings-watch.ts';
import { startStartupChecks } from './startup-checks.ts';

export type WorkerConfig = ConfigWith<'ETL_DATABASE_URL' | 'MOODLE_DATABASE_URL' | 'REDIS_URL'>;

/**
 * Jobs of a batch that this process runs at once. A backfill is faster if one day is read while another one is loaded.
 * The other batches are short: one of each keeps up.
 */
const JOBS_AT_ONCE: Record<Batch, number> = { activity_counts: 2, user_counts: 1, main_etl: 1 };

/** Each job loads, writes its progress and renews its lease, at the same time. */
const WAREHOUSE_CONNECTIONS_PER_JOB = 3;

/** For the reconciler, the alerts, the roll-ups and a recount. */
const BACKGROUND_CONNECTIONS = { warehouse: 7, source: 3 };

/** The pool closes an idle connection after half of the silence that the server allows, and checks once a second. */
const SILENCE_BEYOND_LEASE_SECONDS = 2;

export interface RunningWorker {
  /** Throws if a server that every batch needs does not answer, or is not in the state that batches need. */
  checkReady(): Promise<void>;
  /**
   * Takes no more jobs. Batches in progress get `graceMs` to finish; then the worker releases them to other workers.
   * Resolves when all connections are closed.
   */
  stop(graceMs: number): Promise<void>;
}

/** Opens connections, runs the jobs of its batches, reconciles runs and sends alerts, until it is stopped. */
export function startWorker(config: WorkerConfig, log: Logger, metrics: WorkerMetrics): RunningWorker {
  const batches = config.ETL_WORKER_BATCHES;
  const jobs = batches.reduce((sum, batch) => sum + JOBS_AT_ONCE[batch], 0);
  const warehouse = openWarehouse(config, {
    connections: jobs * WAREHOUSE_CONNECTIONS_PER_JOB + BACKGROUND_CONNECTIONS.warehouse,
    statementSeconds: config.ETL_TIMEOUT,
    // A worker that hangs during a load must not keep its row, and so the date, locked for the others.
    silenceSeconds: config.ETL_LEASE_SECONDS + SILENCE_BEYOND_LEASE_SECONDS,
  });
  const source = openSource(config, log, {
    // A job reads on one session.
    connections: jobs + BACKGROUND_CONNECTIONS.source,
  });
  // Probes have their own connections: the pools may be busy with statements that take minutes.
  const probes = {
    warehouse: openWarehouseForProbes(config),
    source: openSource({ ...config, ETL_TIMEOUT: PROBE_TIMEOUT_MS / 1000 }, log, { connections: 1 }),
  };
  const connection = connectWorker(config, log);
  const queues = openQueues(config, log);
  const stopping = new AbortController();
  const pingMoodle = () => pingSource(probes.source, stopping.signal);
  metrics.watchSource(source, pingMoodle);
  const workers = openJobWorkers({
    config,
    jobsAtOnce: JOBS_AT_ONCE,
    source,
    warehouse,
    connection,
    metrics,
    stopping: stopping.signal,
    log,
  });
  void checkRedisSettings(connection, log);
  const stopped = new AbortController();
  startStartupChecks(warehouse, source, { log, signal: stopped.signal });
  const reconcile = () =>
    startReconciler({
      warehouse,
      queues,
      connection,
      config,
      log,
      clock: () => warehouseTime(warehouse),
      sourceLoad: () => sourceLoad(source, stopped.signal),
      countLogRows: (day) =>
        onSourceSnapshot(
          source,
          stopping.signal,
          async (snapshot) => (await logIdRange(snapshot, day, stopping.signal)).rows,
          // It reads the index alone, and the runs of the night wait for it.
          { throttled: false },
        ),
    });
  let reconciler: ReturnType<typeof reconcile> | undefined;
  const settingsWatch = watchSettings(warehouse, config, log, {
    start: () => {
      for (const worker of workers) {
        if (worker.isPaused()) worker.resume();
        else void worker.run();
      }
      reconciler = reconcile();
    },
    // Batches in progress go on: they were claimed under the settings that were stored at that time.
    pause: async () => {
      await Promise.all([reconciler?.stop(), ...workers.map((worker) => worker.pause(true))]);
    },
  });
  const alerts = startAlerts({
    warehouse,
    queues,
    others: [{ cause: 'moodle', name: "Moodle's database", ping: pingMoodle }],
    config,
    log,
  });
  const rollUps = keepRollUps(warehouse, config.ETL_SUPPRESS_BELOW, log);
  log.info({ batches }, 'worker started');

  return {
    checkReady: async () => {
      settingsWatch.check();
      reconciler?.checkClock();
      await Promise.all([
        named('The warehouse', pendingMigrations(probes.warehouse)).then(requireNone),
        named("Moodle's database", pingMoodle()),
        queues.checkReady(),
      ]);
    },
    stop: async (graceMs) => {
      stopped.abort();
      const overdue = setTimeout(() => stopping.abort(), graceMs);
      await settingsWatch.stop();
      await Promise.all([
        reconciler?.stop(),
        alerts.stop(),
        rollUps.stop(),
        ...workers.map((worker) => worker.close()),
      ]);
      clearTimeout(overdue);
      connection.disconnect();
      await queues.close();
      await Promise.all([source, probes.source].map(({ db }) => db.destroy()));
      await Promise.all([warehouse, probes.warehouse].map((db) => db.destroy()));
    },
  };
}

/** The error of a probe names neither addresses nor accounts: callers of the health endpoint see it. */
async function named<Answer>(server: string, answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((cause: unknown) => {
    throw new Error(`${server} does not answer`, { cause });
  });
}

function requireNone(pending: readonly string[]): void {
  if (pending.length > 0) throw new Error(TABLES_ARE_OLD);
}
