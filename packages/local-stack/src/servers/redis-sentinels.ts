import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Redis } from 'ioredis';
import { binary } from './binaries.ts';
import { type RedisServer, startRedis } from './redis.ts';
import { freePort, type ServerProcess, startServer, waitUntil } from './server-process.ts';

/** A master, its replica, and three Sentinels that promote the replica when the master fails. */
export interface RedisWithSentinels {
  master: RedisServer;
  replica: RedisServer;
  /** `redis-sentinel://` address that names all Sentinels. */
  url: string;
  /** Port of the current master by the Sentinels. */
  masterPort(): Promise<number>;
  stop(): Promise<void>;
}

const GROUP = 'etl';
const SENTINELS = 3;

/** Starts all of them on the loopback interface. The Sentinels replace a master that is silent for a second. */
export async function startRedisWithSentinels({
  folder,
  password,
  sentinelPassword,
}: {
  folder: string;
  password: string;
  sentinelPassword: string;
}): Promise<RedisWithSentinels> {
  const master = await startRedis({ folder: path.join(folder, 'master'), password });
  const replica = await startRedis({
    folder: path.join(folder, 'replica'),
    password,
    args: ['--replicaof', `127.0.0.1 ${master.port}`],
  });
  const sentinels = await Promise.all(
    Array.from({ length: SENTINELS }, (_, index) =>
      startSentinel(path.join(folder, `sentinel-${index}`), master.port, { password, sentinelPassword }),
    ),
  );
  const [{ port }] = sentinels as [Sentinel];
  const ask = (words: string[]) => askSentinel(port, sentinelPassword, words);
  await waitUntil(async () => {
    const state = (await ask(['SENTINEL', 'MASTER', GROUP])) as string[];
    const value = (name: string) => Number(state[state.indexOf(name) + 1]);
    return value('num-slaves') === 1 && value('num-other-sentinels') === SENTINELS - 1;
  }, 'the Sentinels to know all servers');
  const hosts = sentinels.map((sentinel) => `127.0.0.1:${sentinel.port}`).join(',');
  return {
    master,
    replica,
    url: `redis-sentinel://:${password}@${hosts}/${GROUP}`,
    masterPort: async () =>
      Number(((await ask(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', GROUP])) as string[])[1]),
    stop: async () => {
      // The Sentinels first: they would promote the replica.
      await Promise.all(sentinels.map((sentinel) => sentinel.stop()));
      await Promise.all([master.stop(), replica.stop()]);
    },
  };
}

type Sentinel = ServerProcess & { port: number };

async function startSentinel(
  folder: string,
  masterPort: number,
  { password, sentinelPassword }: { password: string; sentinelPassword: string },
): Promise<Sentinel> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const settings = path.join(folder, 'sentinel.conf');
  // The Sentinel rewrites this file.
  writeFileSync(
    settings,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `requirepass ${sentinelPassword}`,
      `sentinel sentinel-pass ${sentinelPassword}`,
      `sentinel monitor ${GROUP} 127.0.0.1 ${masterPort} 2`,
      `sentinel auth-pass ${GROUP} ${password}`,
      `sentinel down-after-milliseconds ${GROUP} 1000`,
      `sentinel failover-timeout ${GROUP} 5000`,
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  const server = await startServer({
    name: 'sentinel',
    folder,
    program: binary('redis-server'),
    args: [settings, '--sentinel'],
    isReady: () =>
      askSentinel(port, sentinelPassword, ['PING']).then(
        () => true,
        () => false,
      ),
  });
  return Object.assign(server, { port });
}

async function askSentinel(
  port: number,
  password: string,
  [command = '', ...words]: string[],
): Promise<unknown> {
  const sentinel = new Redis({ port, password, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  sentinel.on('error', () => {});
  try {
    return await sentinel.call(command, ...words);
  } finally {
    sentinel.disconnect();
  }
}
