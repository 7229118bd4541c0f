import path from 'node:path';
import { Redis } from 'ioredis';
import { type RedisServer, type RedisServerOptions, startRedis } from './redis.ts';
import { waitUntil } from './server-process.ts';

/** Masters without replicas that share the keys. */
export interface RedisCluster {
  nodes: RedisServer[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;

/** Starts a cluster of `size` masters on the loopback interface. */
export async function startRedisCluster(
  size: number,
  { folder, ...options }: Pick<RedisServerOptions, 'folder' | 'password'>,
): Promise<RedisCluster> {
  const nodes = await Promise.all(
    Array.from({ length: size }, (_, index) =>
      startRedis({
        ...options,
        folder: path.join(folder, `node-${index}`),
        args: ['--cluster-enabled', 'yes'],
      }),
    ),
  );
  const clients = nodes.map(({ url }) => new Redis(url));
  try {
    for (const [index, client] of clients.entries()) {
      const [first, last] = [index, index + 1].map((bound) => Math.floor((bound * SLOTS) / size));
      await client.call('CLUSTER', 'ADDSLOTSRANGE', String(first), String((last as number) - 1));
      await client.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[0]?.port));
    }
    await waitUntil(async () => {
      const states = await Promise.all(clients.map((client) => client.cluster('INFO')));
      return states.every(
        (state) => state.includes('cluster_state:ok') && state.includes(`cluster_known_nodes:${size}`),
      );
    }, 'the cluster to be formed');
  } finally {
    for (const client of clients) client.disconnect();
  }
  return { nodes, stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))) };
}
