import path from 'node:path';
import { lockFolder } from './folder-lock.ts';
import { installMissing } from './servers/binaries.ts';
import { startMariaDb } from './servers/mariadb.ts';
import { startRedis } from './servers/redis.ts';

/** A MariaDB and a Redis to work with: ours, or running ones that the environment names. */
export interface LocalStack {
  /** `mysql://` address of an account that may create databases and accounts, without a database. */
  mysqlUrl: string;
  /** `redis://` address. */
  redisUrl: string;
  /** Stops what was started here, and nothing else. */
  stop(): Promise<void>;
}

/**
 * Brings up the stack, its data in `folder`. `LOCAL_STACK_MYSQL_URL` and `LOCAL_STACK_REDIS_URL` name servers that run
 * already; those are used as they are and left running. What has to be started is installed first where that is allowed.
 * `mariaDbArgs` are further arguments of the private MariaDB.
 */
export async function startStack(
  folder: string,
  { env = process.env, say = (_line: string) => {}, mariaDbArgs = [] as string[] } = {},
): Promise<LocalStack> {
  const given = { mysql: env.LOCAL_STACK_MYSQL_URL, redis: env.LOCAL_STACK_REDIS_URL };
  const unlock = lockFolder(folder);
  if (!given.mysql) installMissing(['mariadbd', 'mariadb-install-db', 'my_print_defaults'], say);
  if (!given.redis) installMissing(['redis-server'], say);
  if (!given.mysql || !given.redis) say('Starting a private MariaDB and Redis …');
  const mariaDb = given.mysql
    ? undefined
    : await startMariaDb({ folder: path.join(folder, 'mariadb'), args: mariaDbArgs });
  try {
    const redis = given.redis ? undefined : await startRedis({ folder: path.join(folder, 'redis') });
    return {
      mysqlUrl: given.mysql ?? (mariaDb?.url as string),
      redisUrl: given.redis ?? (redis?.url as string),
      stop: async () => {
        await redis?.stop();
        await mariaDb?.stop();
        unlock();
      },
    };
  } catch (cause) {
    await mariaDb?.stop();
    throw cause;
  }
}
