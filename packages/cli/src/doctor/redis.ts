import { Redis } from 'ioredis';
import { type Finding, ok, wrong } from './finding.ts';
import { isOlder } from './versions.ts';

const PATIENCE_MS = 3000;
const OLDEST = '6.2';

/** The queue: does it answer, is it new enough, and does it keep what it is given? */
export async function examineRedis(url: string): Promise<Finding[]> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let lastError: Error | undefined;
  redis.on('error', (error) => {
    lastError = error;
  });
  try {
    await redis.connect();
    return about(await redis.info());
  } catch (error) {
    return [
      wrong('fault', 'redis', (lastError ?? (error as Error)).message, {
        means: 'The queue cannot be reached: no run can be started, and none goes on.',
        mend: 'See that Redis runs, and that REDIS_URL is its address (redis://:password@host:port).',
      }),
    ];
  } finally {
    redis.disconnect();
  }
}

function about(info: string): Finding[] {
  const value = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
  const version = value('redis_version');
  const policy = value('maxmemory_policy');
  return [
    isOlder(version, OLDEST)
      ? wrong('fault', 'redis', `version ${version}`, {
          means: `The queue needs ${OLDEST} or newer.`,
          mend: 'Install a newer Redis.',
        })
      : ok('redis', `version ${version}`),
    policy === 'noeviction'
      ? ok('redis memory', 'nothing is evicted')
      : wrong('fault', 'redis memory', `maxmemory-policy is ${policy}`, {
          means: 'When its memory is full, Redis throws jobs away.',
          mend: 'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
        }),
    value('aof_enabled') === '1'
      ? ok('redis persistence', 'append-only file')
      : wrong('warning', 'redis persistence', 'appendonly is off', {
          means: 'A restart of Redis loses all jobs: what was queued is put back later, from log_scheduler.',
          mend: 'redis-cli CONFIG SET appendonly yes, and the same in redis.conf.',
        }),
  ];
}
