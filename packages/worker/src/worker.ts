import type { Batch, ConfigWith, Logger } from '@etl/core';
import { openSource, ROWS_PER_SLICE } from '@etl/moodle';
import { BATCH_FUNCTIONS, type BatchSettings } from '@etl/pipeline';
import { type BatchHandler, checkRedisSettings, connectWorker, createBatchWorker } from '@etl/queue';
import { openWarehouse } from '@etl/warehouse';

export type WorkerConfig = ConfigWith<'ETL_DATABASE_URL' | 'MOODLE_DATABASE_URL' | 'REDIS_URL'>;

/** For each batch: two statements at a time, or a snapshot, on the source; a load and a heartbeat on the warehouse. */
const CONNECTIONS_PER_BATCH = 3;

/** Opens what the batches need and takes their jobs until `close`, which lets those under way finish. */
export function startWorker(config: WorkerConfig, log: Logger): { close(): Promise<void> } {
  const batches = config.ETL_WORKER_BATCHES;
  const connections = batches.length * CONNECTIONS_PER_BATCH;
  const warehouse = openWarehouse(config, { connections, statementSeconds: config.ETL_TIMEOUT });
  const source = openSource(config, { connections });
  const connection = connectWorker(config, log);
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

  const workers = batches.map((batch) =>
    createBatchWorker({
      batch,
      handler: handlerOf(batch),
      connection,
      prefix: config.ETL_QUEUE_PREFIX,
      warehouse,
      leaseSeconds: config.ETL_LEASE_SECONDS,
      log,
    }),
  );
  void checkRedisSettings(connection, log);
  for (const worker of workers) void worker.run();
  log.info({ batches }, 'worker started');

  return {
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()));
      connection.disconnect();
      await Promise.all([source.db.destroy(), warehouse.destroy()]);
      log.info('worker stopped');
    },
  };
}
