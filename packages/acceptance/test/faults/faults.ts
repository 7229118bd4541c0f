import { setTimeout as after } from 'node:timers/promises';
import { type Random, waitUntil, withConnection } from '@etl/local-stack';
import type { RowDataPacket } from 'mysql2/promise';
import { type FaultySystem, LEASE_SECONDS } from './faulty-system.ts';

/** Breaks something, and repairs it before it ends. */
export type Fault = (faulty: FaultySystem, random: Random) => Promise<void>;

/** How long something stays down: mostly short, sometimes longer than a lease. */
const downtime = (random: Random) => random.pick([0, 100, 500, 1000, LEASE_SECONDS * 1000 + 500]);
const someWorker = (random: Random, { workers }: FaultySystem) => random.int(0, workers().length - 1);

export const FAULTS: Record<string, Fault> = {
  'worker killed': (faulty, random) => faulty.killWorker(someWorker(random, faulty), downtime(random)),
  'both workers killed': async (faulty, random) => {
    await Promise.all([0, 1].map((worker) => faulty.killWorker(worker, downtime(random))));
  },
  'worker frozen beyond its lease': (faulty, random) =>
    faulty.freezeWorker(someWorker(random, faulty), LEASE_SECONDS * 1000 + random.int(200, 3000)),
  'gateway killed': (faulty, random) => faulty.killGateway(downtime(random)),
  'gateway killed between rows and flow': async (faulty) => {
    // Kill it when the rows of a run are visible and its jobs may not be in the queue.
    const seen = withConnection(faulty.system.warehouseUrl, async (connection) => {
      const newest = async () => {
        const [rows] = await connection.query<RowDataPacket[]>('SELECT MAX(id) AS id FROM log_scheduler');
        return (rows[0]?.id ?? 0) as number;
      };
      const before = await newest();
      await waitUntil(async () => (await newest()) > before, 'rows of a run', { everyMs: 0, seconds: 2 });
    });
    // If the warehouse is unreachable or no run begins, the kill comes at another moment.
    await seen.catch(() => {});
    await faulty.killGateway(0);
  },
  'redis killed': (faulty, random) => faulty.crash('redis', { downMs: downtime(random) }),
  'redis killed without append-only file': (faulty, random) =>
    faulty.crash('redis', { downMs: downtime(random), loses: 'everything' }),
  'redis flushed': (faulty) => faulty.flushRedis(),
  'redis frozen': (faulty, random) => faulty.freezeRedis(random.int(500, 3000)),
  'warehouse killed': (faulty, random) => faulty.crash('warehouse', { downMs: downtime(random) }),
  'source killed': (faulty, random) => faulty.crash('source', { downMs: downtime(random) }),
  'connections cut': async (faulty, random) => {
    const server = random.pick(['warehouse', 'source'] as const);
    const cut = withConnection(faulty.adminUrl(server), async (connection) => {
      const [threads] = await connection.query<RowDataPacket[]>(
        'SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()',
      );
      for (const { id } of threads) {
        if (random.chance(0.7)) await connection.query(`KILL ${id}`).catch(() => {});
      }
    });
    // An unreachable server has no connections to cut.
    await cut.catch(() => {});
  },
};

/** Two faults: the second begins during the repair of the first, or just after. */
export async function oneAfterTheOther(
  faults: readonly [Fault, Fault],
  faulty: FaultySystem,
  random: Random,
): Promise<void> {
  const pause = random.int(0, 1500);
  await Promise.all([faults[0](faulty, random), after(pause).then(() => faults[1](faulty, random))]);
}
