import { mkdirSync } from 'node:fs';
import { Redis } from 'ioredis';
import { binary } from './binaries.ts';
import type { Machine } from './network.ts';
import { freePort, type ServerProcess, startServer } from './server-process.ts';

export interface RedisServer extends ServerProcess {
  /** `redis://` address. */
  url: string;
  port: number;
  /** Changes settings of the running server. */
  configure(settings: Record<string, string>): Promise<void>;
}

export interface RedisServerOptions {
  /** The server writes only in here. */
  folder: string;
  /** A free one by default. */
  port?: number;
  /** Clients must send it; a replica sends it to its master. */
  password?: string;
  /** The machine on which it runs and on whose address it listens. By default it listens on the loopback interface. */
  within?: Machine;
  /** Further arguments of redis-server. */
  args?: string[];
}

/**
 * Starts a private Redis with the settings of production: append-only file, no eviction.
 */
export async function startRedis(options: RedisServerOptions): Promise<RedisServer> {
  const { folder, password, within, args = [] } = options;
  mkdirSync(folder, { recursive: true });
  const port = options.port ?? (await freePort());
  const address = within?.address ?? '127.0.0.1';
  const url = `redis://${password === undefined ? '' : `:${password}@`}${address}:${port}`;
  const server = await startServer({
    name: 'redis',
    folder,
    program: binary('redis-server'),
    args: [
      ...['--port', String(port), '--bind', address, '--dir', folder],
      // Without a password protected mode allows only the loopback interface.
      ...['--protected-mode', within ? 'no' : 'yes'],
      ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
      ...['--maxmemory-policy', 'noeviction'],
      ...(password === undefined ? [] : ['--requirepass', password, '--masterauth', password]),
      ...args,
    ],
    isReady: () => answers(url),
    within,
  });
  return Object.assign(server, {
    url,
    port,
    configure: (settings: Record<string, string>) => configure(url, settings),
  });
}

async function configure(url: string, settings: Record<string, string>): Promise<void> {
  const redis = new Redis(url);
  for (const [name, value] of Object.entries(settings)) await redis.config('SET', name, value);
  await redis.quit();
}

async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 1000 });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
