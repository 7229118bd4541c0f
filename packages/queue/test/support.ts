import { BATCHES, type Batch, createLogger, type FigureSettings, type RunKind } from '@etl/core';
import { scratchDatabase, scratchName, waitUntil } from '@etl/local-stack';
import {
  type BatchHandler,
  type LogSchedulerRow,
  migrate,
  openWarehouse,
  runState,
  type Warehouse,
} from '@etl/warehouse';
import type { Queue, Worker } from 'bullmq';
import {
  connectWorker,
  createBatchWorker,
  openQueues,
  type Queues,
  type Reconciler,
  type RedisConnection,
  type RunControl,
  type StartedRun,
  startReconciler,
  startRun,
} from '../src/index.ts';

export const DATE = '2024-01-15';
export const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test');

/** Queues and a warehouse of their own, and workers whose batches run the test's handlers. */
export interface Harness {
  warehouse: Warehouse;
  warehouseUrl: string;
  queues: Queues;
  connection: RedisConnection;
  control: RunControl;
  /** The workers' settings of figures. */
  settings: FigureSettings;
  /** The handler of each batch. The default one finds nothing to do. */
  work: Partial<Record<Batch, BatchHandler>>;
  /** The batches that were started, in their order. */
  ran: Batch[];
  /** The workers of the batches. They run until they are closed. */
  workers: Worker[];
  start(kind?: RunKind, date?: string): Promise<StartedRun>;
  /** For a harness that was opened without its workers running. */
  startWorkers(): void;
  /** Waits until a run has ended. */
  ended(runId: string): ReturnType<typeof runState>;
  rowOf(runId: string, batch: Batch): Promise<LogSchedulerRow | undefined>;
  jobState(batch: Batch, jobId: string): Promise<string>;
  close(): Promise<void>;
}

export async function openHarness(
  servers: { mysqlUrl: string; redisUrl: string },
  options: { leaseSeconds?: number; timeZone?: string; startWorkers?: boolean } = {},
): Promise<Harness> {
  const { leaseSeconds = 5, timeZone = 'UTC', startWorkers = true } = options;
  const redisConfig = { REDIS_URL: servers.redisUrl, ETL_QUEUE_PREFIX: `{${scratchName('etl')}}` };
  const database = await scratchDatabase(servers.mysqlUrl, 'celoeapi');
  const warehouse = openWarehouse(
    { ETL_DATABASE_URL: database.value },
    { connections: 8, statementSeconds: 60 },
  );
  await migrate(warehouse);
  const settings: FigureSettings = {
    ETL_TIMEZONE: timeZone,
    ETL_STUDENT_ROLE_IDS: [5],
    ETL_TEACHER_ROLE_IDS: [3, 4],
  };
  const queues = openQueues(redisConfig, log);
  await queues.waitUntilConnected();
  const connection = connectWorker(redisConfig, log);
  const control: RunControl = {
    warehouse,
    queues,
    log,
    config: {
      ...settings,
      ETL_BATCH_SIZE: 1000,
      ETL_MERGE_BATCH_SIZE: 500,
      ETL_LEASE_SECONDS: leaseSeconds,
      ETL_LOG_RETENTION_DAYS: 90,
    },
    now: () => new Date(),
  };
  const harness: Harness = {
    warehouse,
    warehouseUrl: database.value,
    queues,
    connection,
    control,
    settings,
    work: {},
    ran: [],
    workers: BATCHES.map((batch) =>
      createBatchWorker({
        jobsAtOnce: 1,
        batch,
        connection,
        prefix: redisConfig.ETL_QUEUE_PREFIX,
        warehouse,
        settings,
        leaseSeconds,
        now: () => harness.control.now(),
        stopping: new AbortController().signal,
        log,
        handler: async (input, tools) => {
          harness.ran.push(batch);
          return harness.work[batch]?.(input, tools) ?? { numrow: 0, findings: {}, load: async () => {} };
        },
      }),
    ),
    start: (kind = 'pipeline', date = DATE) =>
      startRun(control, { kind, date, trigger: 'api', requestedBy: 'test' }),
    startWorkers: () => {
      for (const worker of harness.workers) void worker.run();
    },
    ended: async (runId) => {
      await waitUntil(
        async () => ['completed', 'failed'].includes((await runState(warehouse, runId))?.status ?? ''),
        'the run to end',
      );
      return runState(warehouse, runId);
    },
    rowOf: async (runId, batch) =>
      (await runState(warehouse, runId))?.rows.find(({ batch_name }) => batch_name === batch),
    jobState: (batch, jobId) => queues.byBatch[batch].getJobState(jobId),
    close: async () => {
      await Promise.all(harness.workers.map((worker) => worker.close()));
      connection.disconnect();
      await queues.close();
      await warehouse.destroy();
      await database.remove();
    },
  };
  if (startWorkers) harness.startWorkers();
  return harness;
}

export function jobIdOf(run: StartedRun, batch: Batch): string {
  return run.batches.find((queued) => queued.batch === batch)?.jobId as string;
}

/**
 * Starts a reconciler whose warehouse has the time `clock`, years behind that of this process. It takes no ticks, and
 * reconciles dates without them.
 */
export function startReconcilerAt(harness: Harness, clock: () => Date): Reconciler {
  const { now, ...control } = harness.control;
  return startReconciler({
    ...control,
    connection: harness.connection,
    config: {
      ...control.config,
      ETL_QUEUE_PREFIX: harness.queues.schedule.opts.prefix ?? '',
      ETL_SCHEDULE: '0 2 * * *',
      ETL_STATUS_SCHEDULE: null,
      ETL_CATCH_UP_DAYS: 7,
    },
    clock: async () => clock(),
    reconcileWithoutTicksMs: 500,
    countLogRows: async () => 0,
    sourceLoad: async () => undefined,
  });
}

/** A batch that ends when `release` is called. */
export function held() {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    release,
    handler: async () => {
      await released;
      return { numrow: 1, findings: {}, load: async () => {} };
    },
  };
}

/**
 * Moves the next tick of a schedule from the delayed jobs to the waiting ones, as `promote` does. Returns when it
 * was due.
 */
export async function putIntoWait(schedule: Queue, name: string): Promise<number> {
  const due = (await schedule.getJobScheduler(name))?.next as number;
  await (await schedule.getJob(`repeat:${name}:${due}`))?.promote();
  return due;
}
