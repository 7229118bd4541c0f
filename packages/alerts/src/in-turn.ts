import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '@etl/core';
import type { Queues, RedisConnection } from '@etl/queue';
import { type Warehouse, withLock } from '@etl/warehouse';

/** Another process that goes round is done by then, or the next round is ours. */
const WAIT_SECONDS = 5;

/** Longer than a round takes; the lock of a process that died in it, or stands still, runs out. */
const LONGEST_ROUND_SECONDS = 60;

const LOOK_EVERY_MS = 100;

interface Locks {
  warehouse: Warehouse;
  queues: Pick<Queues, 'redis'>;
  config: Pick<Config, 'ETL_QUEUE_PREFIX'>;
}

/**
 * Does the work while no other process does that has one of the answering servers in common with us: there is a lock on each. Returns
 * false, without having done it, where another is at it for long.
 */
export async function inTurn(
  { warehouse, queues, config }: Locks,
  answering: ReadonlySet<string>,
  work: () => Promise<void>,
): Promise<boolean> {
  const lock = `${config.ETL_QUEUE_PREFIX}:alerts:lock`;
  if (!answering.has('database')) {
    if (answering.has('queue')) return withRedisLock(queues.redis, lock, work);
    await work();
    return true;
  }
  let isDone = true;
  const ofWarehouse = { name: 'alerts', waitSeconds: WAIT_SECONDS, longestSeconds: LONGEST_ROUND_SECONDS };
  const isOurs = await withLock(warehouse, ofWarehouse, async () => {
    if (answering.has('queue')) isDone = await withRedisLock(queues.redis, lock, work);
    else await work();
  });
  return isOurs && isDone;
}

/** Where Redis takes no lock, such as when its memory is full, the work is done without one. */
async function withRedisLock(
  redis: RedisConnection,
  lock: string,
  work: () => Promise<void>,
): Promise<boolean> {
  const owner = randomUUID();
  const take = () => redis.set(lock, owner, 'EX', LONGEST_ROUND_SECONDS, 'NX').catch(() => 'not needed');
  const patience = Date.now() + WAIT_SECONDS * 1000;
  while ((await take()) === null) {
    if (Date.now() > patience) return false;
    await sleep(LOOK_EVERY_MS);
  }
  try {
    await work();
  } finally {
    // What cannot be given back runs out.
    const holder = await redis.get(lock).catch(() => null);
    if (holder === owner) await redis.del(lock).catch(() => {});
  }
  return true;
}
