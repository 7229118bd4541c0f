import { type ConfigWith, type Logger, openMysql } from '@etl/core';
import { type Kysely, type RawBuilder, sql } from 'kysely';

/**
 * A Moodle id: a number, or text if it is beyond 2^53. Code compares and copies ids, and never calculates with them.
 */
export type MoodleId = number | string;

/** The tables that the extraction reads, without their prefix. */
export type MoodleTable =
  | 'logstore_standard_log'
  | 'course'
  | 'course_categories'
  | 'context'
  | 'role_assignments'
  | 'role'
  | 'config'
  | 'config_plugins';

/** Moodle's database. All sessions are read-only. */
export interface Source {
  db: Kysely<unknown>;
  prefix: string;
  limits: SourceLimits;
  log: Logger;
  /** Whether the server has refused to tell this account the replica lag. */
  replication: { isRefused: boolean };
  /** Milliseconds that a session may still wait for low source load. Without it the session is not throttled. */
  throttle?: { leftMs: number };
  /** Sessions of this process that hold a slot now. */
  slotsHeld: { count: number };
  /** Statements of the session that run now: reads, and the newest keep-alive. */
  inFlight: { reads: number; keepAlive: Promise<void> };
}

/** Limits for all workers together on Moodle's server. */
export interface SourceLimits {
  /** Sessions that read at once. */
  slots: number;
  /** Workers pause while more statements than this run on the server, Moodle's own included. */
  threadsRunning: number;
  /** Workers pause while the replica lag in seconds is larger. */
  replicaLagSeconds: number;
}

/** The keep-alive of `onSourceSnapshot` is far more frequent. */
const SILENCE_BEYOND_LEASE_SECONDS = 2;

export type SourceConfig = Pick<
  ConfigWith<'MOODLE_DATABASE_URL'>,
  | 'MOODLE_DATABASE_URL'
  | 'MOODLE_DATABASE_TLS'
  | 'MOODLE_TABLE_PREFIX'
  | 'ETL_TIMEOUT'
  | 'ETL_SOURCE_CONCURRENCY'
  | 'ETL_SOURCE_MAX_THREADS_RUNNING'
  | 'ETL_SOURCE_MAX_REPLICA_LAG'
  | 'ETL_LEASE_SECONDS'
>;

/** Opens Moodle's database with read-only sessions. `ETL_TIMEOUT` limits each statement, in seconds. */
export function openSource(
  config: SourceConfig,
  log: Logger,
  { connections }: { connections: number },
): Source {
  return {
    db: openMysql<unknown>({
      url: config.MOODLE_DATABASE_URL,
      tls: config.MOODLE_DATABASE_TLS,
      connections,
      statementSeconds: config.ETL_TIMEOUT,
      readOnly: true,
      // A suspended worker must not keep its slots.
      silenceSeconds: config.ETL_LEASE_SECONDS + SILENCE_BEYOND_LEASE_SECONDS,
    }),
    prefix: config.MOODLE_TABLE_PREFIX,
    limits: {
      slots: config.ETL_SOURCE_CONCURRENCY,
      threadsRunning: config.ETL_SOURCE_MAX_THREADS_RUNNING,
      replicaLagSeconds: config.ETL_SOURCE_MAX_REPLICA_LAG,
    },
    log,
    replication: { isRefused: false },
    slotsHeld: { count: 0 },
    inFlight: { reads: 0, keepAlive: Promise.resolve() },
  };
}

/** The SQL of a table's name with its prefix. */
export function table(source: Source, name: MoodleTable): RawBuilder<unknown> {
  return sql.table(source.prefix + name);
}

/**
 * Runs a read. When `signal` aborts, the server ends the statement as well, so that it does not load the source any
 * longer.
 */
export async function read<Row>(
  source: Source,
  statement: RawBuilder<Row>,
  signal: AbortSignal,
): Promise<Row[]> {
  source.inFlight.reads += 1;
  try {
    // A cancellation would hit the keep-alive if both ran.
    await source.inFlight.keepAlive;
    const { rows } = await statement.execute(source.db, {
      signal,
      inflightQueryAbortStrategy: 'cancel query',
    });
    return rows;
  } finally {
    source.inFlight.reads -= 1;
  }
}

/** Throws if the database does not answer. */
export async function pingSource(source: Source, signal: AbortSignal): Promise<void> {
  await read(source, sql`SELECT 1`, signal);
}

/** The SQL `IN (1, 2)`. The list must not be empty. */
export function oneOf(values: readonly number[]): RawBuilder<unknown> {
  return sql`IN (${sql.join(values)})`;
}

/** The SQL of an id. The server compares an id that is given as text as a floating number. */
export function literalId(id: MoodleId): RawBuilder<MoodleId> {
  return sql.raw<MoodleId>(String(BigInt(id)));
}
