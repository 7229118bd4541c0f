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

/** Each machine has an address of its own, so that on all of them it can be the same. */
const WORKER_PORT = 9100;

/** The whole system, its database, its Redis and its workers each on a machine of their own. The gateway is on this one. */
export interface SpreadSystem {
  system: System;
  /** Those that are there for workers. */
  machines: readonly Machine[];
  startWorkerOn(machine: Machine): Promise<SpreadWorker>;
  /** Pulls a machine's cable. What runs on it goes on. */
  cut(machine: Machine): void;
  restore(machine: Machine): void;
  close(): Promise<void>;
}

export interface SpreadWorker {
  machine: Machine;
  process: SystemProcess;
  /** How many attempts have ended so, as its metrics say: of one batch, or of all. Throws where it cannot be reached. */
  attempts(outcome: 'completed' | 'lost', batch?: string): Promise<number>;
  isReachable(): Promise<boolean>;
}

/** Throws NetworkRefused where this machine is not to have others within itself. */
export async function openSpreadSystem(options: {
  workers: number;
  dates: readonly string[];
}): Promise<SpreadSystem> {
  installMissing(['ip'], (line) => process.stderr.write(`${line}\n`));
  // All of it goes, whatever fails of it: nobody would find these machines again.
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
      // A row to a statement: a load is long enough to be interrupted in its middle.
      env: { ETL_MERGE_BATCH_SIZE: '1' },
    },
  );
  opening.defer(() => system.close());
  // What a worker that is still cut off has locked could not be dropped.
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
    // One that has ended meanwhile, or is the server's own, is not ours to end.
    for (const { id } of sessions) await connection.query(`KILL ${id}`).catch(() => {});
  });
}

function spreadWorker(machine: Machine, process: SystemProcess): SpreadWorker {
  const attempts: SpreadWorker['attempts'] = async (outcome, batch = '\\w+') => {
    const answer = await fetch(`http://${machine.address}:${WORKER_PORT}/metrics`, {
      // One that was cut would be of no use afterwards.
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
