import path from 'node:path';
import { lockFolder } from './folder-lock.ts';
import { installMissing } from './servers/binaries.ts';
import type { DatabaseServer, DatabaseServerOptions } from './servers/database-server.ts';
import { startMariaDb } from './servers/mariadb.ts';
import { installMysql, startMysql } from './servers/mysql.ts';
import { startRedis } from './servers/redis.ts';

/** A database server and a Redis: private ones, or running ones that the environment names. */
export interface LocalStack {
  /** `mysql://` address of an account that may create databases and accounts, without a database. */
  mysqlUrl: string;
  /** `redis://` address. */
  redisUrl: string;
  /** Stops the servers that the stack started. */
  stop(): Promise<void>;
}

/** The database servers that the stack can start. */
const SERVERS = {
  mariadb: {
    title: 'MariaDB',
    install: (say: (line: string) => void) =>
      installMissing(['mariadbd', 'mariadb-install-db', 'my_print_defaults'], say),
    start: startMariaDb,
  },
  mysql: { title: 'MySQL', install: installMysql, start: startMysql },
};

/** The server that `LOCAL_STACK_SERVER` names: `mariadb` (the default) or `mysql`. */
function serverOf(env: NodeJS.ProcessEnv) {
  const name = env.LOCAL_STACK_SERVER || 'mariadb';
  if (!Object.hasOwn(SERVERS, name)) {
    throw new Error(`LOCAL_STACK_SERVER is "${name}". Set it to ${Object.keys(SERVERS).join(' or ')}.`);
  }
  return { name, ...SERVERS[name as keyof typeof SERVERS] };
}

/** Starts a private database server of the kind that `LOCAL_STACK_SERVER` names. */
export function startDatabase(options: DatabaseServerOptions): Promise<DatabaseServer> {
  return serverOf(process.env).start(options);
}

/**
 * Starts the stack with its data in `folder`. It uses the running servers that `LOCAL_STACK_MYSQL_URL` and
 * `LOCAL_STACK_REDIS_URL` name, and never stops them. It starts private servers for the others, and installs their
 * programs if it may. `databaseArgs` are further arguments of the private database server.
 */
export async function startStack(
  folder: string,
  { env = process.env, say = (_line: string) => {}, databaseArgs = [] as string[] } = {},
): Promise<LocalStack> {
  const given = { mysql: serverAddress(env.LOCAL_STACK_MYSQL_URL), redis: env.LOCAL_STACK_REDIS_URL };
  const database = serverOf(env);
  const unlock = lockFolder(folder);
  if (!given.mysql) database.install(say);
  if (!given.redis) installMissing(['redis-server'], say);
  const started = [...(given.mysql ? [] : [database.title]), ...(given.redis ? [] : ['Redis'])];
  if (started.length > 0) say(`Starting a private ${started.join(' and ')} …`);
  const server = given.mysql
    ? undefined
    : await database.start({ folder: path.join(folder, database.name), args: databaseArgs });
  try {
    const redis = given.redis ? undefined : await startRedis({ folder: path.join(folder, 'redis') });
    return {
      mysqlUrl: given.mysql ?? (server?.url as string),
      redisUrl: given.redis ?? (redis?.url as string),
      stop: async () => {
        await redis?.stop();
        await server?.stop();
        unlock();
      },
    };
  } catch (cause) {
    await server?.stop();
    throw cause;
  }
}

/** The address of a server without the slash at its end. Throws if it names a database: each test creates its own. */
function serverAddress(address: string | undefined): string | undefined {
  if (!address) return undefined;
  const [, server, database] = /^([^?#]*?\/\/[^/]*)\/?(.*)$/.exec(address) ?? [];
  if (server === undefined || database) {
    throw new Error('LOCAL_STACK_MYSQL_URL must be mysql://user:password@host:port, without a database.');
  }
  return server;
}
