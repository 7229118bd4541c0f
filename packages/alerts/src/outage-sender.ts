import { randomUUID } from 'node:crypto';
import type { Config } from '@etl/core';
import type { Queues } from '@etl/queue';

/** Longer than one round takes without its pause. */
const LONGEST_ROUND_SECONDS = 60;

/**
 * Elects one process to send alerts while the warehouse keeps none. That process holds a key of Redis, and renews it
 * in every round. If Redis takes no key either, every process sends alerts: twice is better than never.
 */
export function outageSender(
  redis: Queues['redis'],
  { ETL_QUEUE_PREFIX, ETL_LEASE_SECONDS }: Pick<Config, 'ETL_QUEUE_PREFIX' | 'ETL_LEASE_SECONDS'>,
): () => Promise<boolean> {
  const key = `${ETL_QUEUE_PREFIX}:alerts:lock`;
  const owner = randomUUID();
  const seconds = 2 * ETL_LEASE_SECONDS + LONGEST_ROUND_SECONDS;
  return async () => {
    try {
      if ((await redis.set(key, owner, 'EX', seconds, 'NX')) !== null) return true;
      if ((await redis.get(key)) !== owner) return false;
      await redis.expire(key, seconds);
      return true;
    } catch {
      return true;
    }
  };
}
