import { type ConfigWith, type Logger, openMysql } from '@etl/core';
import { type Kysely, type RawBuilder, sql } from 'kysely';

/** A Moodle id: a number, or text where it is beyond 2^53. Compared and passed on, never calculated with. */
export type MoodleId = number | string;

/** The tables that we read, without their prefix. */
export type MoodleTable =
  | 'logstore_standard_log'
  | 'course'
  | 'course_categories'
  | 'context'
  | 'role_assignments'
  | 'role'
  | 'config'
  | 'config_plugins';

/** Moodle's database, which is only ever read. */
export interface Source {
  db: Kysely<unknown>;
  prefix: string;
  limits: SourceLimits;
  log: Logger;
  /** The account may not ask how far a replica is behind: learnt at the first try. */
  replication: { cannotAsk: boolean };
  /** Milliseconds that a session still waits for the server to be calm. Who has none does not look whether it is. */
  patience?: { leftMs: number };
  /** How many sessions of this process have a slot at this moment. */
  slotsHeld: { count: number };
  /** What is being asked on the session: reads, and the newest sign of life. */
  inFlight: { reads: number; sign: Promise<void> };
}

/** How much of Moodle's server may be used, by all workers together. */
export interface SourceLimits {
  /** Sessions that read at once. */
  slots: number;
  /** Statements running on the server, ours and Moodle's own, above which we pause. */
  threadsRunning: number;
  /** Seconds that a replica is behind, above which we pause. */
  replicaLagSeconds: number;
}

/** A session that lives is not silent for so long: see `onSourceSnapshot`. */
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

/** Opens Moodle's database, its sessions read-only and its statements limited to `ETL_TIMEOUT` seconds. */
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
      // A worker that stands still must not keep its slots from the others.
      silenceSeconds: config.ETL_LEASE_SECONDS + SILENCE_BEYOND_LEASE_SECONDS,
    }),
    prefix: config.MOODLE_TABLE_PREFIX,
    limits: {
      slots: config.ETL_SOURCE_CONCURRENCY,
      threadsRunning: config.ETL_SOURCE_MAX_THREADS_RUNNING,
      replicaLagSeconds: config.ETL_SOURCE_MAX_REPLICA_LAG,
    },
    log,
    replication: { cannotAsk: false },
    slotsHeld: { count: 0 },
    inFlight: { reads: 0, sign: Promise.resolve() },
  };
}

/** A table's name with its prefix, for a statement. */
export function table(source: Source, name: MoodleTable): RawBuilder<unknown> {
  return sql.table(source.prefix + name);
}

/**
 * Runs a read. When `signal` aborts, the statement is ended on the server too: one that nobody waits for must not go on
 * loading the university's database.
 */
export async function read<Row>(
  source: Source,
  statement: RawBuilder<Row>,
  signal: AbortSignal,
): Promise<Row[]> {
  source.inFlight.reads += 1;
  try {
    // Beside another statement it could not be cancelled.
    await source.inFlight.sign;
    const { rows } = await statement.execute(source.db, {
      signal,
      inflightQueryAbortStrategy: 'cancel query',
    });
    return rows;
  } finally {
    source.inFlight.reads -= 1;
  }
}

/** Throws where the database does not answer. */
export async function pingSource(source: Source, signal: AbortSignal): Promise<void> {
  await read(source, sql`SELECT 1`, signal);
}

/** `IN (1, 2)`, of a list that is not empty. */
export function oneOf(values: readonly number[]): RawBuilder<unknown> {
  return sql`IN (${sql.join(values)})`;
}
