import { rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import {
  freeze,
  type Scratch,
  type SystemProcess,
  scratchFolder,
  startMariaDb,
  startRedis,
} from '@etl/local-stack';
import { Redis } from 'ioredis';
import { openSystem, SMALL_SAMPLE, type System } from '../system.ts';

export const LEASE_SECONDS = 2;

/** Enough courses that a fault hits a run. */
export const SAMPLE = { ...SMALL_SAMPLE, courses: 150 };

/** The whole system on its own servers. Faults break them, and dead processes are restarted. */
export interface FaultySystem {
  system: System;
  /** The current worker processes. */
  workers(): SystemProcess[];
  /** Kills a server with SIGKILL, and starts it again after `downMs`. */
  crash(
    server: 'warehouse' | 'source' | 'redis',
    options: { downMs: number; loses?: 'everything' },
  ): Promise<void>;
  /** Kills a worker, and starts another in its place after `downMs`. */
  killWorker(index: number, downMs: number): Promise<void>;
  /** Freezes a worker's process for `ms`, as a machine that hangs does. */
  freezeWorker(index: number, ms: number): Promise<void>;
  killGateway(downMs: number): Promise<void>;
  freezeRedis(ms: number): Promise<void>;
  flushRedis(): Promise<void>;
  /** Whether a batch of these runs was started twice, or one of their jobs was added again. */
  wasInterrupted(runIds: readonly string[]): Promise<boolean>;
  /** Addresses of administrators. */
  adminUrl(server: 'warehouse' | 'source'): string;
  close(): Promise<void>;
}

export async function openFaultySystem(): Promise<FaultySystem> {
  const folder: Scratch<string> = scratchFolder();
  const inFolder = (name: string) => path.join(folder.value, name);
  const [warehouse, source, redis] = await Promise.all([
    startMariaDb({ folder: inFolder('warehouse') }),
    startMariaDb({ folder: inFolder('source') }),
    startRedis({ folder: inFolder('redis') }),
  ]);
  const servers = { warehouse, source, redis };
  const system = await openSystem(
    { mysqlUrl: warehouse.url, sourceMysqlUrl: source.url, redisUrl: redis.url },
    {
      sample: SAMPLE,
      env: {
        // A few rows in a page: a fault can hit any of many steps.
        ETL_BATCH_SIZE: '1',
        ETL_MERGE_BATCH_SIZE: '1',
        ETL_LEASE_SECONDS: String(LEASE_SECONDS),
      },
    },
  );
  let gateway = await system.startGateway();
  const workers = [await system.startWorker(), await system.startWorker()];
  const workersEver = [...workers];
  const workerAt = (index: number) => workers[index] as SystemProcess;
  const inTurn = turns();

  return {
    system,
    workers: () => [...workers],
    adminUrl: (server) => servers[server].url,
    crash: (server, { downMs, loses }) =>
      inTurn(server, async () => {
        await servers[server].kill();
        if (loses) rmSync(inFolder('redis/appendonlydir'), { recursive: true, force: true });
        await after(downMs);
        await servers[server].startAgain();
      }),
    killWorker: (index, downMs) =>
      inTurn(`worker ${index}`, async () => {
        await workerAt(index).end('SIGKILL');
        await after(downMs);
        workers[index] = await system.startWorker();
        workersEver.push(workerAt(index));
      }),
    freezeWorker: (index, ms) => inTurn(`worker ${index}`, () => freezeFor(workerAt(index).pid, ms)),
    killGateway: (downMs) =>
      inTurn('gateway', async () => {
        await gateway.end('SIGKILL');
        await after(downMs);
        gateway = await system.startGateway();
      }),
    freezeRedis: (ms) => inTurn('redis', () => freezeFor(redis.pid, ms)),
    flushRedis: async () => {
      const connection = new Redis(redis.url);
      await connection.flushall();
      connection.disconnect();
    },
    wasInterrupted: async (runIds) => {
      const [row] = await system.rows(
        'SELECT COUNT(*) AS times FROM log_scheduler WHERE run_id IN (?) AND attempt > 1',
        [runIds],
      );
      const restored = workersEver
        .flatMap((worker) => worker.output().split('\n'))
        .filter((line) => line.includes('added to the queue again'));
      return row?.times > 0 || restored.some((line) => runIds.some((runId) => line.includes(runId)));
    },
    close: async () => {
      await system.close();
      await Promise.all([redis.stop(), warehouse.stop(), source.stop()]);
      await folder.remove();
    },
  };
}

async function freezeFor(pid: number, ms: number): Promise<void> {
  await freeze(pid);
  await after(ms);
  process.kill(pid, 'SIGCONT');
}

/** Faults of the same part follow each other: the part must run again before it breaks. */
function turns(): (target: string, work: () => Promise<void>) => Promise<void> {
  const last = new Map<string, Promise<void>>();
  return (target, work) => {
    const turn = (last.get(target) ?? Promise.resolve()).then(work);
    last.set(
      target,
      turn.catch(() => {}),
    );
    return turn;
  };
}
