import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '@etl/core';
import type { Queues, RedisConnection } from '@etl/queue';
import { type Warehouse, withLock } from '@etl/warehouse';

/** Another process that goes round is done by then, or the next round is ours. */
const WAIT_SECONDS = 5;

/** Longer than a round takes; the lock of a process that died in it runs out. */
const LONGEST_ROUND_MS = 60_000;

const LOOK_EVERY_MS = 100;

interface Locks {
  warehouse: Warehouse;
  queues: Pick<Queues, 'redis'>;
  config: Pick<Config, 'ETL_QUEUE_PREFIX'>;
}

/**
 * Does the work while no other process does that has one of the answering servers in common with us: there is a lock on each. Leaves
 * it where another is at it for long.
 */
export async function inTurn(
  { warehouse, queues, config }: Locks,
  answering: ReadonlySet<string>,
  work: () => Promise<void>,
): Promise<void> {
  const lock = `${config.ETL_QUEUE_PREFIX}:alerts:lock`;
  const inTurnOnQueue = () => (answering.has('queue') ? withRedisLock(queues.redis, lock, work) : work());
  if (!answering.has('database')) return inTurnOnQueue();
  await withLock(warehouse, { name: 'alerts', waitSeconds: WAIT_SECONDS }, inTurnOnQueue);
}

async function withRedisLock(redis: RedisConnection, lock: string, work: () => Promise<void>): Promise<void> {
  const owner = randomUUID();
  const patience = Date.now() + WAIT_SECONDS * 1000;
  while ((await redis.set(lock, owner, 'PX', LONGEST_ROUND_MS, 'NX')) === null) {
    if (Date.now() > patience) return;
    await sleep(LOOK_EVERY_MS);
  }
  try {
    await work();
  } finally {
    if ((await redis.get(lock)) === owner) await redis.del(lock);
  }
}
