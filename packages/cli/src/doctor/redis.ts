import { createLogger, withTimeout } from '@etl/core';
import { connectOnce, lossesOf, openQueues, type RedisConfig, redisInfo } from '@etl/queue';
import { examined, type Finding, ok, wrong } from './finding.ts';
import { isOlder } from './versions.ts';

const TIMEOUT_MS = 3000;
const OLDEST = '6.2';

/** Redis answers, but needs a password or another one. */
const REFUSED = /^(?:NOAUTH|WRONGPASS)/;

/** Checks whether Redis answers, is new enough, and keeps jobs. */
export async function examineRedis(config: RedisConfig): Promise<Finding[]> {
  const redis = connectOnce(config, TIMEOUT_MS);
  let lastError: Error | undefined;
  redis.on('error', (error) => {
    lastError = error;
  });
  try {
    await redis.connect();
    // A finding that all nodes of a cluster share is reported once.
    const findings = (await redisInfo(redis)).flatMap(about);
    const different = new Map(findings.map((finding) => [`${finding.check} ${finding.found}`, finding]));
    return [...different.values(), ...(await examined('workers', () => workers(config)))];
  } catch (error) {
    const { message } = lastError ?? (error as Error);
    return [
      wrong('fault', 'redis', message, {
        means: 'The queue is unreachable: no run can start, and none goes on.',
        mend: REFUSED.test(message)
          ? 'Put the password of Redis (requirepass) into REDIS_URL (redis://:password@host:port). docker/README.md makes it for containers.'
          : 'Check that Redis runs, and that REDIS_URL is its address (redis://:password@host:port).',
      }),
    ];
  } finally {
    redis.disconnect();
  }
}

async function workers(config: RedisConfig): Promise<Finding> {
  const queues = openQueues(config, createLogger({ ETL_LOG_LEVEL: 'silent' }, 'doctor'));
  try {
    await withTimeout(TIMEOUT_MS, queues.waitUntilConnected());
    const counts = Object.entries(await queues.workers());
    const without = counts.filter(([, count]) => count === 0).map(([batch]) => batch);
    if (without.length === 0) return ok('workers', 'there is one for each batch');
    return wrong('note', 'workers', `there is none for ${without.join(', ')}`, {
      means: 'Jobs of these batches wait in the queue until a worker starts.',
      mend: 'Start one with pnpm worker, with this REDIS_URL and ETL_QUEUE_PREFIX.',
    });
  } finally {
    await queues.close();
  }
}

function about(info: string): Finding[] {
  const value = (name: string) => new RegExp(`^${name}:(.*?)\r?$`, 'm').exec(info)?.[1] ?? '';
  const version = value('redis_version');
  const policy = value('maxmemory_policy');
  const { eviction, persistence } = lossesOf(info);
  return [
    isOlder(version, OLDEST)
      ? wrong('fault', 'redis', `version ${version}`, {
          means: `The queue needs ${OLDEST} or newer.`,
          mend: 'Install a newer Redis.',
        })
      : ok('redis', `version ${version}`),
    !eviction
      ? ok('redis memory', 'nothing is evicted')
      : wrong('fault', 'redis memory', `maxmemory-policy is ${policy}`, {
          means: 'Redis evicts jobs when its memory is full.',
          mend: 'Run redis-cli CONFIG SET maxmemory-policy noeviction, and set the same in redis.conf.',
        }),
    !persistence
      ? ok('redis persistence', 'append-only file')
      : wrong('warning', 'redis persistence', 'appendonly is off', {
          means: 'A restart of Redis loses all jobs. Workers put them back later, from log_scheduler.',
          mend: 'Run redis-cli CONFIG SET appendonly yes, and set the same in redis.conf.',
        }),
  ];
}
