import { asError, type ConfigWith, type Logger } from '@etl/core';
import { Redis } from 'ioredis';

export type RedisConfig = Pick<ConfigWith<'REDIS_URL'>, 'REDIS_URL' | 'ETL_QUEUE_PREFIX'>;

/** A caller of the API is to hear within a second that the queue is away, also when Redis accepts but never answers. */
const COMMAND_TIMEOUT_MS = 900;

/** For those who put work in: fails at once while Redis is away, and works again by itself when it is back. */
export function connectProducer(config: RedisConfig, log: Logger): Redis {
  return withErrorsLogged(
    new Redis(config.REDIS_URL, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: reconnectDelay,
    }),
    log,
  );
}

/** For workers: waits for Redis as long as it takes. */
export function connectWorker(config: RedisConfig, log: Logger): Redis {
  return withErrorsLogged(
    new Redis(config.REDIS_URL, { maxRetriesPerRequest: null, retryStrategy: reconnectDelay }),
    log,
  );
}

/** Soon at first, then once a second: a restarted Redis is used again at once, one that is down is not hammered. */
function reconnectDelay(attempt: number): number {
  return Math.min(50 * attempt, 1000);
}

/** ioredis reports every failed attempt to connect; one line for each outage says enough. */
function withErrorsLogged(redis: Redis, log: Logger): Redis {
  let away = false;
  redis.on('error', (error) => {
    if (!away) log.warn({ err: asError(error) }, 'redis is away');
    away = true;
  });
  redis.on('ready', () => {
    if (away) log.info('redis is back');
    away = false;
  });
  return redis;
}

/** Warns where Redis may lose queued work: by evicting keys when it is full, or by a restart without persistence. */
export async function checkRedisSettings(redis: Redis, log: Logger): Promise<void> {
  try {
    const [memory, persistence] = await Promise.all([redis.info('memory'), redis.info('persistence')]);
    if (!memory.includes('maxmemory_policy:noeviction')) {
      log.warn('redis may evict jobs when its memory is full: set maxmemory-policy noeviction');
    }
    if (!persistence.includes('aof_enabled:1')) {
      log.warn('redis loses its jobs with a restart: set appendonly yes');
    }
  } catch (error) {
    log.warn({ err: asError(error) }, 'redis settings could not be checked');
  }
}
