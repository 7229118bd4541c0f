import { createLogger, withTimeout } from '@etl/core';
import { connectOnce, lossesOf, openQueues, type RedisConfig, redisInfo } from '@etl/queue';
import { type Finding, looking, ok, wrong } from './finding.ts';
import { isOlder } from './versions.ts';

const TIMEOUT_MS = 3000;
const OLDEST = '6.2';

/** Redis answers, and wants another password, or one at all. */
const REFUSED = /^(?:NOAUTH|WRONGPASS)/;

/** The queue: does it answer, is it new enough, and does it keep what it is given? */
export async function examineRedis(config: RedisConfig): Promise<Finding[]> {
  const redis = connectOnce(config, TIMEOUT_MS);
  let lastError: Error | undefined;
  redis.on('error', (error) => {
    lastError = error;
  });
  try {
    await redis.connect();
    // What the nodes of a cluster have in common is said once.
    const findings = (await redisInfo(redis)).flatMap(about);
    const different = new Map(findings.map((finding) => [`${finding.check} ${finding.found}`, finding]));
    return [...different.values(), ...(await looking('workers', () => workers(config)))];
  } catch (error) {
    const { message } = lastError ?? (error as Error);
    return [
      wrong('fault', 'redis', message, {
        means: 'The queue cannot be reached: no run can be started, and none goes on.',
        mend: REFUSED.test(message)
          ? 'Put the password of Redis (requirepass) into REDIS_URL (redis://:password@host:port). docker/README.md makes it for containers.'
          : 'See that Redis runs, and that REDIS_URL is its address (redis://:password@host:port).',
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
    const untaken = counts.filter(([, count]) => count === 0).map(([batch]) => batch);
    if (untaken.length === 0) return ok('workers', 'there is one for each batch');
    return wrong('note', 'workers', `there is none for ${untaken.join(', ')}`, {
      means: 'Nothing of it is run: it waits in the queue until one is started.',
      mend: 'pnpm worker, with this REDIS_URL and ETL_QUEUE_PREFIX.',
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
          means: 'When its memory is full, Redis throws jobs away.',
          mend: 'redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf.',
        }),
    !persistence
      ? ok('redis persistence', 'append-only file')
      : wrong('warning', 'redis persistence', 'appendonly is off', {
          means: 'A restart of Redis loses all jobs: what was queued is put back later, from log_scheduler.',
          mend: 'redis-cli CONFIG SET appendonly yes, and the same in redis.conf.',
        }),
  ];
}
