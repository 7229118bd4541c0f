import { type Kysely, type QueryExecutorProvider, sql } from 'kysely';
import { addColumnIfMissing, dropColumnIfPresent } from './repeatable.ts';

/**
 * Why a row failed, as a code. `failed_at` is the `finished_at` of the ending that wrote the code: processes of
 * former versions end rows without either column.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await addColumnIfMissing(db, 'log_scheduler', 'failure_code', sql`varchar(40) NULL DEFAULT NULL`);
  await addColumnIfMissing(db, 'log_scheduler', 'failed_at', sql`timestamp(3) NULL DEFAULT NULL`);
  await fillFailureCodes(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await dropColumnIfPresent(db, 'log_scheduler', 'failed_at');
  await dropColumnIfPresent(db, 'log_scheduler', 'failure_code');
}

/** `LIKE` patterns of `error_details`, with what they mean. The first that matches counts. */
const CODES = [
  ['Cancelled by %', 'CANCELLED'],
  ['SOURCE_PURGED%', 'SOURCE_PURGED'],
  ['ETL time window expired', 'ETL_WINDOW_EXPIRED'],
  ['SETTINGS_DIFFER:%', 'SETTINGS_DIFFER'],
  ['% has not ended yet: the schedule extracts whole days only', 'DAY_NOT_OVER'],
  ['Not started: %', 'COUNTS_FAILED'],
  ['The queue gave the job up: %', 'JOB_GIVEN_UP'],
  ['Failed to connect to queue%', 'QUEUE_UNAVAILABLE'],
  ['Waiting for ActivityCounts and UserCounts ETL to complete', 'ETL_PREREQUISITES_MISSING'],
] as const;

/**
 * Fills the code of each failed row that a process of a former version ended, from the text that it wrote. Can be
 * repeated: such processes may run beside this version during an upgrade, and after the operator went back to a
 * former version for a while.
 */
export async function fillFailureCodes(db: QueryExecutorProvider): Promise<void> {
  // The opposite of `failureCode`: a failed row that has no code would keep its date from being run.
  const isUncoded = sql`status = 3 AND NOT (failed_at <=> finished_at AND failure_code IS NOT NULL)`;
  // Selected first: an UPDATE that finds nothing would lock every failed row all the same.
  const { rows } = await sql<{ id: number }>`
    SELECT id FROM log_scheduler
    WHERE batch_name IN ('activity_counts', 'user_counts', 'main_etl') AND ${isUncoded}`.execute(db);
  if (rows.length === 0) return;
  const cases = CODES.map(([pattern, code]) => sql`WHEN error_details LIKE ${pattern} THEN ${code}`);
  await sql`
    UPDATE log_scheduler
    SET failure_code = CASE ${sql.join(cases, sql` `)} ELSE 'ERROR' END, failed_at = finished_at, updated_at = updated_at
    WHERE id IN (${sql.join(rows.map(({ id }) => id))}) AND ${isUncoded}`.execute(db);
}
