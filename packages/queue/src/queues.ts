import { once } from 'node:events';
import { BATCHES, type Batch, EtlError, type Logger } from '@etl/core';
import { FlowProducer, Queue } from 'bullmq';
import { queueName, RECOUNT_QUEUE, SCHEDULE_QUEUE } from './queue-names.ts';
import {
  connectProducer,
  lossesOf,
  type RedisConfig,
  type RedisConnection,
  redisInfo,
  whyUnreachable,
} from './redis.ts';
import { queueTelemetry, type TelemetryConfig } from './telemetry.ts';

/** What adds jobs to the queue and reads its state. */
export interface Queues {
  flow: FlowProducer;
  byBatch: Record<Batch, Queue>;
  schedule: Queue;
  recounts: Queue;
  /** Commands fail at once while Redis is unreachable. */
  redis: RedisConnection;
  /** Throws QUEUE_UNAVAILABLE. */
  ping(): Promise<void>;
  /** The same, and checks that Redis does not evict jobs. Throws QUEUE_UNAVAILABLE. */
  checkReady(): Promise<void>;
  /** How many workers of each batch are connected to Redis. Throws QUEUE_UNAVAILABLE. */
  workers(): Promise<Record<Batch, number>>;
  /** Waits for the first connection of a process that has just started. Throws QUEUE_UNAVAILABLE. */
  waitUntilConnected(): Promise<void>;
  close(): Promise<void>;
}

export function openQueues(config: RedisConfig & TelemetryConfig, log: Logger): Queues {
  const connection = connectProducer(config, log);
  // If Redis is down at the start, waiting for a connection and asking for the version of Redis would hang.
  const options = {
    connection,
    prefix: config.ETL_QUEUE_PREFIX,
    skipWaitingForReady: true,
    skipVersionCheck: true,
  };
  // The schedule is not traced: each tick adds the next one, so that all ticks would be one trace.
  const telemetry = queueTelemetry(config);
  const open = (name: string) => silenced(new Queue(name, { ...options, ...telemetry }));
  const byBatch = Object.fromEntries(BATCHES.map((batch) => [batch, open(queueName(batch))])) as Record<
    Batch,
    Queue
  >;
  const schedule = silenced(new Queue(SCHEDULE_QUEUE, options));
  const recounts = open(RECOUNT_QUEUE);
  const flow = silenced(new FlowProducer({ ...options, ...telemetry }));
  return {
    flow,
    byBatch,
    schedule,
    recounts,
    redis: connection,
    ping: () => pingOrThrow(connection, config.ETL_QUEUE_PREFIX),
    checkReady: async () => {
      await pingOrThrow(connection, config.ETL_QUEUE_PREFIX);
      await requireNoEviction(connection);
    },
    workers: () => workersOrThrow(byBatch, connection),
    waitUntilConnected: () => connectedOrThrow(connection),
    close: async () => {
      await Promise.all([flow, schedule, recounts, ...Object.values(byBatch)].map((user) => user.close()));
      connection.disconnect();
    },
  };
}

/** Asks for a key with our prefix, so that in a cluster the node that has the queue answers. */
async function pingOrThrow(connection: RedisConnection, prefix: string): Promise<void> {
  try {
    await connection.exists(`${prefix}:ping`);
  } catch (error) {
    throw new EtlError('QUEUE_UNAVAILABLE', undefined, { cause: whyUnreachable(connection) ?? error });
  }
}

async function workersOrThrow(
  byBatch: Record<Batch, Queue>,
  connection: RedisConnection,
): Promise<Record<Batch, number>> {
  try {
    const counts = await Promise.all(
      BATCHES.map(async (batch) => [batch, await byBatch[batch].getWorkersCount()] as const),
    );
    return Object.fromEntries(counts) as Record<Batch, number>;
  } catch (error) {
    throw new EtlError('QUEUE_UNAVAILABLE', undefined, { cause: whyUnreachable(connection) ?? error });
  }
}

async function requireNoEviction(connection: RedisConnection): Promise<void> {
  const infos = await redisInfo(connection).catch((cause: unknown) => {
    throw new EtlError('QUEUE_UNAVAILABLE', undefined, { cause });
  });
  const eviction = infos.map((info) => lossesOf(info).eviction).find((loss) => loss !== undefined);
  if (eviction) throw new EtlError('QUEUE_UNAVAILABLE', eviction);
}

async function connectedOrThrow(connection: RedisConnection): Promise<void> {
  if (connection.status === 'ready') return;
  try {
    // `once` throws the first error that the connection reports.
    await once(connection, 'ready');
  } catch (cause) {
    throw new EtlError('QUEUE_UNAVAILABLE', undefined, { cause });
  }
}

/** The connection logs its own errors. Each of its users would report them again. */
function silenced<Emitter extends { on(event: 'error', listener: () => void): unknown }>(
  emitter: Emitter,
): Emitter {
  emitter.on('error', () => {});
  return emitter;
}
