import { randomUUID } from 'node:crypto';
import type { Config } from '@etl/core';
import type { Queues } from '@etl/queue';

/** Longer than a round takes, its pause apart. */
const LONGEST_ROUND_SECONDS = 60;

/**
 * Says whether this process sends the alerts that the warehouse does not keep. One process does, as long as it asks in every
 * round: it holds a key of Redis. If Redis takes no key either, every process sends alerts: twice is better than never.
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
