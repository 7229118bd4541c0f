import { startAlerts } from '@etl/alerts';
import {
  asError,
  type Batch,
  type ConfigWith,
  type Logger,
  PROBE_TIMEOUT_MS,
  retryUntilReachable,
} from '@etl/core';
import {
  checkLogPlan,
  logIdRange,
  onSourceSnapshot,
  openSource,
  pingSource,
  ROWS_PER_SLICE,
  ScanRefused,
  type Source,
} from '@etl/moodle';
import { BATCH_FUNCTIONS, type BatchSettings } from '@etl/pipeline';
import {
  checkRedisSettings,
  connectWorker,
  createBatchWorker,
  openQueues,
  queueTelemetry,
  startReconciler,
} from '@etl/queue';
import {
  type BatchHandler,
  deleteLogData,
  openWarehouse,
  openWarehouseForProbes,
  pendingMigrations,
  TABLES_ARE_OLD,
  type Warehouse,
  warehouseTime,
} from '@etl/warehouse';
import type { WorkerMetrics } from './metrics.ts';
import { watchSettings } from './settings-watch.ts';

export type WorkerConfig = ConfigWith<'ETL_DATABASE_URL' | 'MOODLE_DATABASE_URL' | 'REDIS_URL'>;

/**
 * Jobs of a batch that this process has in hand at once. While the activity of one day is loaded, that of the next is read: a
 * backfill is done sooner. The other batches are quick, and one of each keeps up.
 */
const JOBS_AT_ONCE: Record<Batch, number> = { activity_counts: 2, user_counts: 1, main_etl: 1 };

/** On the warehouse, for each job: its load, its progress and its heartbeat. */
const WAREHOUSE_CONNECTIONS_PER_JOB = 3;

/** For looking after the runs, and for the alerts: on the warehouse, and on the source. */
const CARETAKER_CONNECTIONS = { warehouse: 4, source: 2 };

/** A session that lives is not silent for so long: its unused connections are closed after half the time, looked at once a second. */
const SILENCE_BEYOND_LEASE_SECONDS = 2;

export interface RunningWorker {
  /** Throws where something that every batch needs does not answer, or is not as it is needed. */
  checkReady(): Promise<void>;
  /**
   * Takes no more jobs, gives those under way `graceMs` to finish, and hands back to the other workers what is not finished
   * then. Resolves when nothing is open any more.
   */
  stop(graceMs: number): Promise<void>;
}

/** Opens what the batches need, takes their jobs and looks after the runs, until it is stopped. */
export function startWorker(config: WorkerConfig, log: Logger, metrics: WorkerMetrics): RunningWorker {
  const batches = config.ETL_WORKER_BATCHES;
  const jobs = batches.reduce((sum, batch) => sum + JOBS_AT_ONCE[batch], 0);
  const warehouse = openWarehouse(config, {
    connections: jobs * WAREHOUSE_CONNECTIONS_PER_JOB + CARETAKER_CONNECTIONS.warehouse,
    statementSeconds: config.ETL_TIMEOUT,
    // A worker that stands still in the middle of a load must not keep its row, and the day, from the others.
    silenceSeconds: config.ETL_LEASE_SECONDS + SILENCE_BEYOND_LEASE_SECONDS,
  });
  const source = openSource(config, log, {
    // A job reads on one session.
    connections: jobs + CARETAKER_CONNECTIONS.source,
  });
  // By connections of their own: the pools may be busy, and their statements may take minutes.
  const probes = {
    warehouse: openWarehouseForProbes(config),
    source: openSource({ ...config, ETL_TIMEOUT: PROBE_TIMEOUT_MS / 1000 }, log, { connections: 1 }),
  };
  const connection = connectWorker(config, log);
  const queues = openQueues(config, log);
  const stopping = new AbortController();
  const pingMoodle = () => pingSource(probes.source, stopping.signal);
  metrics.watchSource(source, pingMoodle);
  const settings: BatchSettings = {
    batchSize: config.ETL_BATCH_SIZE,
    mergeBatchSize: config.ETL_MERGE_BATCH_SIZE,
    rowsPerSlice: ROWS_PER_SLICE,
    roles: { students: config.ETL_STUDENT_ROLE_IDS, teachers: config.ETL_TEACHER_ROLE_IDS },
  };
  const handlerOf =
    (batch: Batch): BatchHandler =>
    (input, tools) =>
      BATCH_FUNCTIONS[batch](input, { source, warehouse, settings, ...tools });
  /** The last step of a run. Its jobs the queue deletes by itself, at the same age. */
  const deleteOldTraces = async () => {
    const deleted = await deleteLogData(warehouse, config.ETL_LOG_RETENTION_DAYS);
    if (deleted > 0) log.info({ deleted }, 'old rows of log_scheduler deleted');
  };

  const workers = batches.map((batch) =>
    createBatchWorker({
      batch,
      handler: handlerOf(batch),
      settings: config,
      ...(batch === 'main_etl' && { afterwards: deleteOldTraces }),
      jobsAtOnce: JOBS_AT_ONCE[batch],
      connection,
      prefix: config.ETL_QUEUE_PREFIX,
      ...queueTelemetry(config),
      warehouse,
      leaseSeconds: config.ETL_LEASE_SECONDS,
      stopping: stopping.signal,
      onOutcome: (outcome) => metrics.count(batch, outcome),
      log,
    }),
  );
  void checkRedisSettings(connection, log);
  const stopped = new AbortController();
  const atStart = { log, signal: stopped.signal };
  const looks = [
    retryUntilReachable('ETL_DATABASE_URL', () => sayWhichTablesAreMissing(warehouse, log), atStart),
    retryUntilReachable('MOODLE_DATABASE_URL', () => sayWhatIsMissing(source, stopped.signal, log), atStart),
  ];
  // A stop does not wait for them: what they ask ends with its connections.
  for (const look of looks)
    void look.catch((error: unknown) => log.warn({ err: asError(error) }, 'could not be looked at'));
  const beginToCare = () =>
    startReconciler({
      warehouse,
      queues,
      connection,
      config,
      log,
      clock: () => warehouseTime(warehouse),
      countLogRows: (day) =>
        onSourceSnapshot(
          source,
          stopping.signal,
          async (snapshot) => (await logIdRange(snapshot, day, stopping.signal)).rows,
          // From the index alone, and the night's runs wait for it.
          { hurried: true },
        ),
    });
  let reconciler: ReturnType<typeof beginToCare> | undefined;
  const settingsWatch = watchSettings(warehouse, config, log, {
    start: () => {
      for (const worker of workers) {
        if (worker.isPaused()) worker.resume();
        else void worker.run();
      }
      reconciler = beginToCare();
    },
    // Batches that are under way go on: they were claimed under the settings that were stored then.
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
  log.info({ batches }, 'worker started');

  return {
    checkReady: async () => {
      settingsWatch.check();
      reconciler?.checkClock();
      await Promise.all([
        named('The database of the results', pendingMigrations(probes.warehouse)).then(requireNone),
        named("Moodle's database", pingMoodle()),
        queues.checkReady(),
      ]);
    },
    stop: async (graceMs) => {
      stopped.abort();
      const overdue = setTimeout(() => stopping.abort(), graceMs);
      await settingsWatch.stop();
      await Promise.all([reconciler?.stop(), alerts.stop(), ...workers.map((worker) => worker.close())]);
      clearTimeout(overdue);
      connection.disconnect();
      await queues.close();
      await Promise.all([source, probes.source].map(({ db }) => db.destroy()));
      await Promise.all([warehouse, probes.warehouse].map((db) => db.destroy()));
    },
  };
}

/** Says at once what would fail every run, so that it is mended before the night. */
async function sayWhatIsMissing(source: Source, signal: AbortSignal, log: Logger): Promise<void> {
  try {
    await checkLogPlan(source, signal);
  } catch (error) {
    if (!(error instanceof ScanRefused)) throw error;
    log.error({ why: error.message }, 'runs will fail');
  }
}

/** What whoever asks for our health is told: neither addresses nor accounts. */
async function named<Answer>(server: string, answer: Promise<Answer>): Promise<Answer> {
  return answer.catch((cause: unknown) => {
    throw new Error(`${server} does not answer`, { cause });
  });
}

function requireNone(pending: readonly string[]): void {
  if (pending.length > 0) throw new Error(TABLES_ARE_OLD);
}

async function sayWhichTablesAreMissing(warehouse: Warehouse, log: Logger): Promise<void> {
  const pending = await pendingMigrations(warehouse);
  if (pending.length > 0) log.warn({ pending }, TABLES_ARE_OLD);
}
