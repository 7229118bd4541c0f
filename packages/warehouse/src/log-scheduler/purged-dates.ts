import { SCHEDULER_STATUS } from '@etl/core';
import { type SqlBool, sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';
import { failureCode } from './failure.ts';
import { newestFirst } from './newest-completed.ts';

/**
 * Whether a row says that its date is purged: the last time that the date's log was read to its end, the source had
 * lost rows of it, and the stored figures were kept. A later run that is queued, or that fails for another reason,
 * has not read the log. `row`: the name that the query gives a row of `log_scheduler`, its only table.
 */
export function saysPurged(row: string) {
  const column = (name: string) => sql.ref(`${row}.${name}`);
  const isPurge = sql`status = ${sql.lit(SCHEDULER_STATUS.failed)} AND ${failureCode} = 'SOURCE_PURGED'`;
  return sql<SqlBool>`(${column('batch_name')} = 'activity_counts' AND ${isPurge} AND ${column('id')} = (
    SELECT newest.id FROM log_scheduler AS newest
    WHERE newest.extraction_date = ${column('extraction_date')} AND newest.batch_name = 'activity_counts'
      AND (status = ${sql.lit(SCHEDULER_STATUS.finished)} OR (${isPurge}))
    ORDER BY ${newestFirst('newest')} LIMIT 1))`;
}

/** The purged dates from `from` to `to`, both included. */
export async function purgedDates(
  warehouse: Warehouse,
  { from, to }: { from: string; to: string },
): Promise<Set<string>> {
  const rows = await warehouse
    .selectFrom('log_scheduler as purge')
    .select('purge.extraction_date as date')
    .where('purge.batch_name', '=', 'activity_counts')
    .where('purge.status', '=', SCHEDULER_STATUS.failed)
    .where('purge.extraction_date', '>=', from)
    .where('purge.extraction_date', '<=', to)
    .where(saysPurged('purge'))
    .execute();
  return new Set(rows.map(({ date }) => date));
}

/** Whether a run of the date's activity counts would fail as the one before: only a forced run replaces the figures. */
export async function isPurged(warehouse: Warehouse, date: string): Promise<boolean> {
  return (await purgedDates(warehouse, { from: date, to: date })).has(date);
}
