import type { Batch, ConfigWith, Logger } from '@etl/core';
import { ROWS_PER_SLICE, type Source } from '@etl/moodle';
import { BATCH_FUNCTIONS, type BatchSettings, countsCache } from '@etl/pipeline';
import { recount } from '@etl/proof';
import { createBatchWorker, createRecountWorker, queueTelemetry, type RedisConnection } from '@etl/queue';
import { type BatchHandler, deleteLogData, deleteOldLiveRuns, type Warehouse } from '@etl/warehouse';
import type { WorkerMetrics } from './metrics.ts';

type JobWorker = ReturnType<typeof createBatchWorker>;

interface JobWorkersOptions {
  config: ConfigWith<'REDIS_URL'>;
  jobsAtOnce: Record<Batch, number>;
  source: Source;
  warehouse: Warehouse;
  connection: RedisConnection;
  metrics: WorkerMetrics;
  stopping: AbortSignal;
  log: Logger;
}

/** The workers that receive this process's jobs: those of its batches, and recounts. None of them runs yet. */
export function openJobWorkers(options: JobWorkersOptions): JobWorker[] {
  const { config, jobsAtOnce, source, warehouse, connection, metrics, stopping, log } = options;
  const batches = config.ETL_WORKER_BATCHES;
  const queue = { connection, prefix: config.ETL_QUEUE_PREFIX, ...queueTelemetry(config), stopping, log };
  const handlerOf = batchHandlers(options);
  /** The last step of a run. The queue deletes old jobs by itself, at the same age. */
  const deleteOldRows = async () => {
    const deleted =
      (await deleteOldLiveRuns(warehouse)) + (await deleteLogData(warehouse, config.ETL_LOG_RETENTION_DAYS));
    if (deleted > 0) log.info({ deleted }, 'old rows of log_scheduler deleted');
  };
  const workers = batches.map((batch) =>
    createBatchWorker({
      ...queue,
      batch,
      handler: handlerOf(batch),
      settings: config,
      ...(batch === 'main_etl' && { afterwards: deleteOldRows }),
      jobsAtOnce: jobsAtOnce[batch],
      warehouse,
      leaseSeconds: config.ETL_LEASE_SECONDS,
      onOutcome: (outcome) => metrics.count(batch, outcome),
    }),
  );
  // A recount reads the log, as that batch does.
  if (batches.includes('activity_counts')) {
    const context = { warehouse, source, signal: stopping };
    workers.push(createRecountWorker({ ...queue, recount: (cell) => recount(context, cell) }));
  }
  return workers;
}

function batchHandlers({ config, source, warehouse }: JobWorkersOptions): (batch: Batch) => BatchHandler {
  const settings: BatchSettings = {
    batchSize: config.ETL_BATCH_SIZE,
    mergeBatchSize: config.ETL_MERGE_BATCH_SIZE,
    smallBelow: config.ETL_SUPPRESS_BELOW,
    rowsPerSlice: ROWS_PER_SLICE,
    roles: { students: config.ETL_STUDENT_ROLE_IDS, teachers: config.ETL_TEACHER_ROLE_IDS },
  };
  const cache = countsCache();
  return (batch) => (input, tools) =>
    BATCH_FUNCTIONS[batch](input, { source, warehouse, cache, settings, ...tools });
}
