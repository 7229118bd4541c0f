import { type ConfigWith, openMysql } from '@etl/core';
import { type Kysely, type RawBuilder, sql } from 'kysely';

/** A Moodle id: a number, or text where it is beyond 2^53. Compared and passed on, never calculated with. */
export type MoodleId = number | string;

/** The tables that we read, without their prefix. */
export type MoodleTable =
  | 'logstore_standard_log'
  | 'course'
  | 'course_categories'
  | 'context'
  | 'role_assignments';

/** Moodle's database, which is only ever read. */
export interface Source {
  db: Kysely<unknown>;
  prefix: string;
}

type SourceConfig = Pick<
  ConfigWith<'MOODLE_DATABASE_URL'>,
  'MOODLE_DATABASE_URL' | 'MOODLE_TABLE_PREFIX' | 'ETL_TIMEOUT'
>;

/** Opens Moodle's database, its sessions read-only and its statements limited to `ETL_TIMEOUT` seconds. */
export function openSource(config: SourceConfig, { connections }: { connections: number }): Source {
  return {
    db: openMysql<unknown>({
      url: config.MOODLE_DATABASE_URL,
      connections,
      statementSeconds: config.ETL_TIMEOUT,
      readOnly: true,
    }),
    prefix: config.MOODLE_TABLE_PREFIX,
  };
}

/** Runs `read` on one snapshot of the source: all its reads see the same moment. */
export async function onSourceSnapshot<T>(
  source: Source,
  read: (snapshot: Source) => Promise<T>,
): Promise<T> {
  return source.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute((db) => read({ ...source, db }));
}

/**
 * Opens `count` snapshots, each on a connection of its own, and runs `read` on them. They are of nearly, but not
 * certainly, the same moment: whoever splits a read over them has to compare what they see.
 */
export async function onSourceSnapshots<T>(
  source: Source,
  count: number,
  read: (snapshots: Source[]) => Promise<T>,
  opened: Source[] = [],
): Promise<T> {
  if (opened.length === count) return read(opened);
  return onSourceSnapshot(source, (next) => onSourceSnapshots(source, count, read, [...opened, next]));
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
  const { rows } = await statement.execute(source.db, {
    signal,
    inflightQueryAbortStrategy: 'cancel query',
  });
  return rows;
}

/** `IN (1, 2)`, of a list that is not empty. */
export function oneOf(values: readonly number[]): RawBuilder<unknown> {
  return sql`IN (${sql.join(values)})`;
}
