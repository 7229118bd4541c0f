import {
  type Config,
  type ConfigWith,
  grantedOn,
  isLostLock,
  lockName,
  openMysql,
  PROBE_TIMEOUT_MS,
} from '@etl/core';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { WarehouseTables } from './tables.ts';

/** The warehouse: the database of the figures. */
export type Warehouse = Kysely<WarehouseTables>;
export type WarehouseTransaction = Transaction<WarehouseTables>;

export type WarehouseConfig = Pick<ConfigWith<'ETL_DATABASE_URL'>, 'ETL_DATABASE_URL'> &
  Partial<Pick<Config, 'ETL_DATABASE_TLS'>>;

/**
 * Opens the warehouse. `connections`: how many connections this process may open. `statementSeconds`: the
 * timeout of a statement, 0 for none. `silenceSeconds`: how long a session may be idle before the server ends it.
 */
export function openWarehouse(
  { ETL_DATABASE_URL: url, ETL_DATABASE_TLS: tls }: WarehouseConfig,
  limits: { connections: number; statementSeconds: number; silenceSeconds?: number },
): Warehouse {
  return openMysql<WarehouseTables>({ url, ...(tls && { tls }), ...limits });
}

/** One for the check of the tables, one for the metrics. */
const CONNECTIONS_FOR_PROBES = 2;

/** Longer than any pause between two probes. */
const SILENCE_OF_PROBES_SECONDS = 60;

/**
 * Opens the warehouse for probes and scrapes, apart from the pool of a process. A statement ends when its
 * caller's timeout ends, so that the next check gets a new connection also if the server is silent.
 */
export function openWarehouseForProbes(config: WarehouseConfig): Warehouse {
  return openWarehouse(config, {
    connections: CONNECTIONS_FOR_PROBES,
    statementSeconds: PROBE_TIMEOUT_MS / 1000,
    silenceSeconds: SILENCE_OF_PROBES_SECONDS,
  });
}

/** Throws if the warehouse does not answer. */
export async function pingWarehouse(warehouse: Warehouse): Promise<void> {
  await sql`SELECT 1`.execute(warehouse);
}

/** The version that the server reports. */
export async function serverVersionOf(warehouse: Warehouse): Promise<string> {
  const { rows } = await sql<{ version: string }>`SELECT VERSION() AS version`.execute(warehouse);
  return rows[0]?.version ?? '';
}

/** The account's privileges in this database. */
export async function privilegesOf(warehouse: Warehouse): Promise<Set<string>> {
  const { rows: current } = await sql<{ name: string }>`SELECT DATABASE() AS name`.execute(warehouse);
  const { rows } = await sql<Record<string, string>>`SHOW GRANTS`.execute(warehouse);
  return grantedOn(
    current[0]?.name ?? '',
    rows.flatMap((row) => Object.values(row)),
  );
}

/** The names of the warehouse's tables. */
export async function tableNames(warehouse: Warehouse): Promise<Set<string>> {
  const { rows } = await sql<Record<string, string>>`SHOW TABLES`.execute(warehouse);
  return new Set(rows.flatMap((row) => Object.values(row)));
}

/** More than the few transactions that ever meet on a row. */
const TRIES_FOR_A_LOCK = 5;

/**
 * Runs `work` in a transaction. Repeats it from its start if it lost a lock (deadlock, lock wait timeout). READ
 * COMMITTED, so that writers of neighbouring dates of a course do not lock each other's gaps. Within a transaction,
 * `work` becomes part of it.
 */
export async function inTransaction<T>(
  warehouse: Warehouse,
  work: (trx: WarehouseTransaction) => Promise<T>,
): Promise<T> {
  if (warehouse.isTransaction) return work(warehouse as WarehouseTransaction);
  for (let tries = 1; ; tries++) {
    try {
      return await warehouse.transaction().setIsolationLevel('read committed').execute(work);
    } catch (error) {
      if (!isLostLock(error) || tries === TRIES_FOR_A_LOCK) throw error;
    }
  }
}

/** Runs `work` on one snapshot: all its reads see the same moment, whatever is committed meanwhile. */
export async function onSnapshot<T>(
  warehouse: Warehouse,
  work: (trx: WarehouseTransaction) => Promise<T>,
): Promise<T> {
  return warehouse
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(work);
}

/** The same for a stream of rows. Holds the snapshot and its connection until the generator ends. */
export async function* fromSnapshot<T>(
  warehouse: Warehouse,
  work: (trx: WarehouseTransaction) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const trx = await warehouse
    .startTransaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute();
  try {
    yield* work(trx);
  } finally {
    await trx.rollback().execute();
  }
}

/**
 * Runs `work` while holding a lock that one process at a time can have. Waits for it up to `waitSeconds`. Returns
 * false, without running `work`, if another process still has the lock then. The session is idle meanwhile: after
 * `longestSeconds` the server takes the lock away.
 */
export async function withLock(
  warehouse: Warehouse,
  { name, waitSeconds, longestSeconds }: { name: string; waitSeconds: number; longestSeconds: number },
  work: () => Promise<void>,
): Promise<boolean> {
  return warehouse.connection().execute(async (session) => {
    const lock = lockName(name);
    const got = await sql<{ got: number | null; silence: number }>`
      SELECT GET_LOCK(${lock}, ${waitSeconds}) AS got, @@SESSION.wait_timeout AS silence`.execute(session);
    const [{ got: isOurs, silence } = { got: 0, silence: 0 }] = got.rows;
    if (isOurs !== 1) return false;
    await sql`SET SESSION wait_timeout = ${sql.lit(longestSeconds)}`.execute(session);
    try {
      await work();
      return true;
    } finally {
      await sql`SELECT RELEASE_LOCK(${lock})`.execute(session);
      await sql`SET SESSION wait_timeout = ${sql.lit(silence)}`.execute(session);
    }
  });
}
