import { asError, type Config, type ConfigWith, type Logger, parseRedisAddress } from '@etl/core';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

export type RedisConfig = Pick<ConfigWith<'REDIS_URL'>, 'REDIS_URL' | 'ETL_QUEUE_PREFIX'> &
  Partial<Pick<Config, 'REDIS_TLS' | 'REDIS_SENTINEL_PASSWORD'>>;

/** One Redis (also where Sentinels say which), or a cluster. */
export type RedisConnection = Redis | Cluster;

/** A caller of the API is to hear within a second that the queue is away, also when Redis accepts but never answers. */
const COMMAND_TIMEOUT_MS = 900;

/** For those who put work in: fails at once while Redis is away, and works again by itself when it is back. */
export function connectProducer(config: RedisConfig, log: Logger): RedisConnection {
  const connection = openRedis(config, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: reconnectDelay,
  });
  return withErrorsLogged(connection, log);
}

/** For workers: waits for Redis as long as it takes. */
export function connectWorker(config: RedisConfig, log: Logger): RedisConnection {
  const connection = openRedis(config, { maxRetriesPerRequest: null, retryStrategy: reconnectDelay });
  return withErrorsLogged(connection, log);
}

/** For a look: fails at once where Redis does not answer, and does not try again. Connects when it is told to (`connect`). */
export function connectOnce(config: RedisConfig, timeoutMs: number): RedisConnection {
  return openRedis(config, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
}

type Behaviour = RedisOptions & { retryStrategy(attempt: number): number | null };

/** Opens what REDIS_URL names. */
function openRedis(config: RedisConfig, { retryStrategy, ...options }: Behaviour): RedisConnection {
  const address = parseRedisAddress(config.REDIS_URL);
  if (!address) throw new Error('REDIS_URL is not an address of Redis');
  const tls = config.REDIS_TLS && { tls: config.REDIS_TLS };
  if (address.kind === 'single') return new Redis(address.url, { ...options, retryStrategy, ...tls });
  const { username, password, hosts } = address;
  const login = { ...(username && { username }), ...(password && { password }) };
  if (address.kind === 'sentinel') {
    return new Redis({
      ...options,
      ...login,
      ...tls,
      sentinels: hosts,
      name: address.group,
      ...(config.REDIS_SENTINEL_PASSWORD && { sentinelPassword: config.REDIS_SENTINEL_PASSWORD }),
      ...(tls && { enableTLSForSentinelMode: true, sentinelTLS: tls.tls }),
      retryStrategy,
      sentinelRetryStrategy: retryStrategy,
      // A Sentinel that is silent must not keep us from asking the next one.
      sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
      // The replica of before, made master, or a master that was made a replica: look for the right one anew.
      reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    });
  }
  const { lazyConnect = false, enableOfflineQueue = true, ...ofEachNode } = options;
  return new Cluster(hosts, {
    lazyConnect,
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    redisOptions: { ...ofEachNode, ...login, ...tls },
    // Names in certificates are those that the cluster announces, not addresses that we would look up.
    ...(tls && { dnsLookup: (host, callback) => callback(null, host) }),
  });
}

/** Soon at first, then once a second: a restarted Redis is used again at once, one that is down is not hammered. */
function reconnectDelay(attempt: number): number {
  return Math.min(50 * attempt, 1000);
}

/** Why a connection is away: what was to be sent over it says no more than that it is. */
const reasons = new WeakMap<RedisConnection, Error>();

/** The error of the last attempt to connect, where the connection is away. */
export function whyUnreachable(redis: RedisConnection): Error | undefined {
  return reasons.get(redis);
}

/** ioredis reports every failed attempt to connect; one line for each outage says enough. */
function withErrorsLogged(redis: RedisConnection, log: Logger): RedisConnection {
  redis.on('error', (thrown) => {
    const err = asError(thrown);
    if (!reasons.has(redis)) log.warn({ err }, 'redis is away');
    reasons.set(redis, err);
  });
  redis.on('ready', () => {
    if (reasons.delete(redis)) log.info('redis is back');
  });
  return redis;
}

/** What Redis says of itself: each of its masters, where it is a cluster. Throws where none answers. */
export async function redisInfo(connection: RedisConnection): Promise<string[]> {
  const masters = connection instanceof Cluster ? connection.nodes('master') : [connection];
  if (masters.length === 0) throw whyUnreachable(connection) ?? new Error('The cluster has no master');
  return Promise.all(masters.map((master) => master.info()));
}

/** Where Redis may lose queued work, and what is to be set: by evicting keys when it is full, or by a restart. */
export function lossesOf(info: string): { eviction?: string; persistence?: string } {
  const says = (name: string, right: string) => {
    const value = new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1];
    // What a provider does not show cannot be judged.
    return value === undefined || value === right;
  };
  return {
    ...(!says('maxmemory_policy', 'noeviction') && {
      eviction: 'Redis may evict jobs when its memory is full: set maxmemory-policy noeviction',
    }),
    ...(!says('aof_enabled', '1') && {
      persistence: 'Redis loses its jobs with a restart: set appendonly yes',
    }),
  };
}

/** Warns where Redis may lose queued work. */
export async function checkRedisSettings(redis: RedisConnection, log: Logger): Promise<void> {
  try {
    const warnings = (await redisInfo(redis)).flatMap((info) => Object.values(lossesOf(info)));
    for (const warning of new Set(warnings)) log.warn(warning);
  } catch (error) {
    log.warn({ err: asError(error) }, 'redis settings could not be checked');
  }
}
