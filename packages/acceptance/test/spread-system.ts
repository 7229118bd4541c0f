import path from 'node:path';
import {
  installMissing,
  type Machine,
  openNetwork,
  type SystemProcess,
  scratchFolder,
  startMariaDb,
  startRedis,
  withConnection,
} from '@etl/local-stack';
import type { RowDataPacket } from 'mysql2/promise';
import { openSystem, SMALL_SAMPLE, type System } from './system.ts';

/** Each machine has its own address, so that all workers can use the same port. */
const WORKER_PORT = 9100;

/** The whole system. Database, Redis and workers are on separate machines, the gateway is on this one. */
export interface SpreadSystem {
  system: System;
  /** The machines for workers. */
  machines: readonly Machine[];
  startWorkerOn(machine: Machine): Promise<SpreadWorker>;
  /** Pulls a machine's cable. Its processes go on. */
  cut(machine: Machine): void;
  restore(machine: Machine): void;
  close(): Promise<void>;
}

export interface SpreadWorker {
  machine: Machine;
  process: SystemProcess;
  /** How many attempts of one batch or of all ended so, by its metrics. Throws if the worker is unreachable. */
  attempts(outcome: 'completed' | 'lost', batch?: string): Promise<number>;
  isReachable(): Promise<boolean>;
}

/** Throws NetworkRefused. */
export async function openSpreadSystem(options: {
  workers: number;
  dates: readonly string[];
}): Promise<SpreadSystem> {
  installMissing(['ip'], (line) => process.stderr.write(`${line}\n`));
  // A failure must remove all machines: no later run finds them again.
  await using opening = new AsyncDisposableStack();
  const network = openNetwork();
  opening.defer(() => network.close());
  const folder = scratchFolder();
  opening.defer(() => folder.remove());
  const place = (name: string) => ({
    folder: path.join(folder.value, name),
    within: network.addMachine(name),
  });
  const mariaDb = await startMariaDb(place('mariadb'));
  opening.defer(() => mariaDb.stop());
  const redis = await startRedis(place('redis'));
  opening.defer(() => redis.stop());
  const system = await openSystem(
    { mysqlUrl: mariaDb.url, redisUrl: redis.url },
    {
      sample: { ...SMALL_SAMPLE, dates: options.dates },
      // One row in a statement makes a load long enough to be interrupted.
      env: { ETL_MERGE_BATCH_SIZE: '1' },
    },
  );
  opening.defer(() => system.close());
  // A worker that is cut off may hold locks that prevent DROP DATABASE.
  opening.defer(() => endSessions(mariaDb.url));
  await system.startGateway();
  const machines = Array.from({ length: options.workers }, (_, index) =>
    network.addMachine(`worker-${index + 1}`),
  );
  const opened = opening.move();
  return {
    system,
    machines,
    startWorkerOn: async (machine) => {
      const env = { HOST: machine.address, ETL_WORKER_PORT: String(WORKER_PORT) };
      return spreadWorker(machine, await system.startWorker(env, machine));
    },
    cut: network.cut,
    restore: network.restore,
    close: () => opened.disposeAsync(),
  };
}

async function endSessions(mysqlUrl: string): Promise<void> {
  await withConnection(mysqlUrl, async (connection) => {
    const [sessions] = await connection.query<RowDataPacket[]>(
      'SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()',
    );
    // A session may have ended, or may be the server's own.
    for (const { id } of sessions) await connection.query(`KILL ${id}`).catch(() => {});
  });
}

function spreadWorker(machine: Machine, process: SystemProcess): SpreadWorker {
  const attempts: SpreadWorker['attempts'] = async (outcome, batch = '\\w+') => {
    const answer = await fetch(`http://${machine.address}:${WORKER_PORT}/metrics`, {
      // A kept connection would not survive the cut.
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(1000),
    });
    const sample = new RegExp(
      `^etl_batch_attempts_total\\{batch="${batch}",outcome="${outcome}"\\} (\\d+)$`,
      'gm',
    );
    const samples = [...(await answer.text()).matchAll(sample)];
    return samples.reduce((sum, [, times]) => sum + Number(times), 0);
  };
  const isReachable = () =>
    attempts('completed').then(
      () => true,
      () => false,
    );
  return { machine, process, attempts, isReachable };
}
