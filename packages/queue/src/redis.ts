import { asError, type Config, type ConfigWith, type Logger, parseRedisAddress } from '@etl/core';
import { Cluster, Redis, type RedisOptions } from 'ioredis';

export type RedisConfig = Pick<ConfigWith<'REDIS_URL'>, 'REDIS_URL' | 'ETL_QUEUE_PREFIX'> &
  Partial<Pick<Config, 'REDIS_TLS' | 'REDIS_SENTINEL_PASSWORD'>>;

/** One Redis, which Sentinels may name, or a cluster. */
export type RedisConnection = Redis | Cluster;

/**
 * The gateway must tell a caller within a second that Redis is unreachable, also if Redis accepts connections but
 * never answers.
 */
const COMMAND_TIMEOUT_MS = 900;

/**
 * A connection for processes that add jobs. Commands fail at once while Redis is unreachable. It reconnects by
 * itself.
 */
export function connectProducer(config: RedisConfig, log: Logger): RedisConnection {
  const connection = openRedis(config, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: reconnectDelay,
  });
  return withErrorsLogged(connection, log);
}

/** A connection for workers. Commands wait until Redis is reachable. */
export function connectWorker(config: RedisConfig, log: Logger): RedisConnection {
  const connection = openRedis(config, { maxRetriesPerRequest: null, retryStrategy: reconnectDelay });
  return withErrorsLogged(connection, log);
}

/**
 * A connection for one check. The caller connects it (`connect`). It fails if Redis does not answer in time, and
 * does not retry.
 */
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

/** Opens a connection to the Redis, the Sentinels or the cluster of REDIS_URL. */
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
      // If a Sentinel is silent, the next one is asked.
      sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
      // A failover made this server a replica: ask the Sentinels for the master again.
      reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    });
  }
  const { lazyConnect = false, enableOfflineQueue = true, ...ofEachNode } = options;
  return new Cluster(hosts, {
    lazyConnect,
    enableOfflineQueue,
    clusterRetryStrategy: retryStrategy,
    redisOptions: { ...ofEachNode, ...login, ...tls },
    // Certificates have the names that the cluster announces. A lookup would replace them by addresses.
    ...(tls && { dnsLookup: (host, callback) => callback(null, host) }),
  });
}

/** Short at first, for a Redis that restarts. Then once a second, so that a Redis that is down is not flooded. */
function reconnectDelay(attempt: number): number {
  return Math.min(50 * attempt, 1000);
}

/** Why a connection is down. The error of a command says only that it is. */
const reasons = new WeakMap<RedisConnection, Error>();

/** The error of the last attempt to connect. Undefined if the connection works. */
export function whyUnreachable(redis: RedisConnection): Error | undefined {
  return reasons.get(redis);
}

/** Logs one line for each outage: ioredis reports every failed attempt to connect. */
function withErrorsLogged(redis: RedisConnection, log: Logger): RedisConnection {
  redis.on('error', (thrown) => {
    const err = asError(thrown);
    if (!reasons.has(redis)) log.warn({ err }, 'redis is unreachable');
    reasons.set(redis, err);
  });
  redis.on('ready', () => {
    if (reasons.delete(redis)) log.info('redis is reachable again');
  });
  return redis;
}

/** The answer to INFO: of each master, if it is a cluster. Throws if none answers. */
export async function redisInfo(connection: RedisConnection): Promise<string[]> {
  const masters = connection instanceof Cluster ? connection.nodes('master') : [connection];
  if (masters.length === 0) throw whyUnreachable(connection) ?? new Error('The cluster has no master');
  return Promise.all(masters.map((master) => master.info()));
}

/** How Redis may lose jobs (by evicting keys when it is full, or by a restart), and what to set against it. */
export function lossesOf(info: string): { eviction?: string; persistence?: string } {
  const says = (name: string, right: string) => {
    const value = new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1];
    // A provider may hide the setting.
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

/** Logs a warning if Redis may lose jobs. */
export async function checkRedisSettings(redis: RedisConnection, log: Logger): Promise<void> {
  try {
    const warnings = (await redisInfo(redis)).flatMap((info) => Object.values(lossesOf(info)));
    for (const warning of new Set(warnings)) log.warn(warning);
  } catch (error) {
    log.warn({ err: asError(error) }, 'cannot check the settings of redis');
  }
}
