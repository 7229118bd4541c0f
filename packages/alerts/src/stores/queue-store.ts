import type { RedisConnection } from '@etl/queue';
import type { Alert, AlertStore } from '../alert.ts';

/** In a hash of Redis. */
export function queueStore(redis: RedisConnection, prefix: string): AlertStore {
  const key = `${prefix}:alerts`;
  return {
    now: async () => {
      const [seconds, microseconds] = await redis.time();
      return Number(seconds) * 1000 + Math.floor(Number(microseconds) / 1000);
    },
    all: async () => Object.values(await redis.hgetall(key)).map((state) => JSON.parse(state) as Alert),
    put: async (alert) => void (await redis.hset(key, alert.cause, JSON.stringify(alert))),
    remove: async (cause) => void (await redis.hdel(key, cause)),
  };
}
