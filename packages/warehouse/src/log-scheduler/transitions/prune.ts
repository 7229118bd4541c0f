import { SCHEDULER_STATUS } from '@etl/core';
import { type SqlBool, sql } from 'kysely';
import type { Warehouse } from '../../warehouse.ts';
import { isNewestCompleted } from '../newest-completed.ts';

/** So that a statement locks few rows for a short time. */
const ROWS_PER_STATEMENT = 1000;

/**
 * Deletes rows of `log_scheduler` that are older than `retentionDays`. Keeps rows that are queued or in progress,
 * and the newest completed row of each batch and date: it says what the figures are made of. Returns how many rows
 * it deleted.
 */
export async function deleteLogData(warehouse: Warehouse, retentionDays: number): Promise<number> {
  for (let deleted = 0; ; ) {
    const old = await warehouse
      .selectFrom('log_scheduler as old')
      .select('id')
      .where(sql<SqlBool>`old.created_at < NOW() - INTERVAL ${sql.lit(retentionDays)} DAY`)
      .where('active_key', 'is', null)
      .where((of) =>
        of.or([of('old.status', '<>', SCHEDULER_STATUS.finished), of.not(isNewestCompleted('old'))]),
      )
      .limit(ROWS_PER_STATEMENT)
      .execute();
    if (old.length === 0) return deleted;
    const ids = old.map(({ id }) => id);
    await warehouse
      .deleteFrom('log_scheduler')
      .where('id', 'in', ids)
      .where('active_key', 'is', null)
      .execute();
    deleted += old.length;
  }
}
