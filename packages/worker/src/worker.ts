import type { Batch, ConfigWith, Logger } from '@etl/core';
import { logStretch, openSource, ROWS_PER_SLICE } from '@etl/moodle';
import { BATCH_FUNCTIONS, type BatchSettings } from '@etl/pipeline';
import {
  type BatchHandler,
  checkRedisSettings,
  connectWorker,
  createBatchWorker,
  openQueues,
  startCaretaker,
} from '@etl/queue';
import { deleteLogData, openWarehouse } from '@etl/warehouse';

export type WorkerConfig = ConfigWith<'ETL_DATABASE_URL' | 'MOODLE_DATABASE_URL' | 'REDIS_URL'>;

/** For each batch: two statements at a time, or a snapshot, on the source; a load and a heartbeat on the warehouse. */
const CONNECTIONS_PER_BATCH = 3;

/** For looking after the runs. */
const CARETAKER_CONNECTIONS = 2;

/** A session that lives is not silent for so long: its unused connections are closed after half the time, looked at once a second. */
const SILENCE_BEYOND_LEASE_SECONDS = 2;

export interface RunningWorker {
  /**
   * Takes no more jobs, gives those under way `graceMs` to finish, and hands back to the other workers what is not finished
   * then. Resolves when nothing is open any more.
   */
  stop(graceMs: number): Promise<void>;
}

/** Opens what the batches need, takes their jobs and looks after the runs, until it is stopped. */
export function startWorker(config: WorkerConfig, log: Logger): RunningWorker {
  const batches = config.ETL_WORKER_BATCHES;
  const connections = batches.length * CONNECTIONS_PER_BATCH + CARETAKER_CONNECTIONS;
  const warehouse = openWarehouse(config, {
    connections,
    statementSeconds: config.ETL_TIMEOUT,
    // A worker that stands still in the middle of a load must not keep its row, and the day, from the others.
    silenceSeconds: config.ETL_LEASE_SECONDS + SILENCE_BEYOND_LEASE_SECONDS,
  });
  const source = openSource(config, { connections });
  const connection = connectWorker(config, log);
  const queues = openQueues(config, log);
  const stopping = new AbortController();
  const now = () => new Date();
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
      ...(batch === 'main_etl' && { afterwards: deleteOldTraces }),
      connection,
      prefix: config.ETL_QUEUE_PREFIX,
      warehouse,
      leaseSeconds: config.ETL_LEASE_SECONDS,
      now,
      stopping: stopping.signal,
      log,
    }),
  );
  void checkRedisSettings(connection, log);
  for (const worker of workers) void worker.run();
  const caretaker = startCaretaker({
    warehouse,
    queues,
    connection,
    config,
    log,
    now,
    countLogRows: async (day) => (await logStretch(source, day, stopping.signal)).rows,
  });
  log.info({ batches }, 'worker started');

  return {
    stop: async (graceMs) => {
      const overdue = setTimeout(() => stopping.abort(), graceMs);
      await Promise.all([caretaker.stop(), ...workers.map((worker) => worker.close())]);
      clearTimeout(overdue);
      connection.disconnect();
      await queues.close();
      await Promise.all([source.db.destroy(), warehouse.destroy()]);
      log.info('worker stopped');
    },
  };
}
