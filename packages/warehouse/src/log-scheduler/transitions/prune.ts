import { SCHEDULER_STATUS } from '@etl/core';
import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import { forgetParts } from '../../roll-ups/forget-parts.ts';
import type { LogSchedulerTable, WarehouseTables } from '../../tables.ts';
import { inTransaction, type Warehouse } from '../../warehouse.ts';
import { completedRows, isNewestCompleted } from '../newest-completed.ts';
import { saysPurged } from '../purged-dates.ts';

/** So that a statement locks few rows for a short time. */
const ROWS_PER_STATEMENT = 1000;

/**
 * Deletes rows of `log_scheduler` that are older than `retentionDays`. Keeps rows that are queued or in progress,
 * and what the state of figures is known by: the newest completed row of each batch and date, and the row that says
 * that a date is purged. Returns how many rows it deleted.
 */
export async function deleteLogData(warehouse: Warehouse, retentionDays: number): Promise<number> {
  for (let deleted = 0; ; ) {
    const old = await warehouse
      .selectFrom('log_scheduler as old')
      .select('id')
      .where(sql<SqlBool>`old.created_at < NOW() - INTERVAL ${sql.lit(retentionDays)} DAY`)
      .where('active_key', 'is', null)
      .where(isDispensable)
      .limit(ROWS_PER_STATEMENT)
      .execute();
    if (old.length === 0) return deleted;
    deleted += await deleteEnded(warehouse, old);
  }
}

/**
 * Deletes the rows of all live runs but the newest one, whatever their status. Keeps what `deleteLogData` keeps.
 * Otherwise a quarter of an hour would be recorded for months. Returns how many rows it deleted.
 */
export async function deleteOldLiveRuns(warehouse: Warehouse): Promise<number> {
  const live = warehouse.selectFrom('log_scheduler as old').where('old.trigger_type', '=', 'live');
  const newest = await live.select('old.run_id').orderBy('old.id', 'desc').limit(1).executeTakeFirst();
  if (!newest) return 0;
  const old = await live
    .select('old.id')
    .where('old.run_id', '<>', newest.run_id)
    .where('old.active_key', 'is', null)
    .where(isDispensable)
    .execute();
  return deleteEnded(warehouse, old);
}

/** Whether the row is neither the newest completed one of its batch and date, nor says that its date is purged. */
function isDispensable(of: ExpressionBuilder<{ old: LogSchedulerTable } & WarehouseTables, 'old'>) {
  return of.and([
    of.or([of('old.status', '<>', SCHEDULER_STATUS.finished), of.not(isNewestCompleted('old'))]),
    of.not(saysPurged('old')),
  ]);
}

/**
 * Deletes those of the rows that are still dispensable, and the roll-ups of the dates whose merges are among them. If
 * the clock had gone back before such a merge, a part that was made before it would otherwise look fresh again. A
 * failed row can have been retried since it was chosen, and be the newest completed one by now. Returns how many rows
 * it deleted.
 */
async function deleteEnded(warehouse: Warehouse, rows: readonly { id: number }[]): Promise<number> {
  if (rows.length === 0) return 0;
  const chosen = rows.map(({ id }) => id);
  return inTransaction(warehouse, async (trx) => {
    const ended = trx
      .selectFrom('log_scheduler as old')
      .select('old.id')
      .where('old.id', 'in', chosen)
      .where('old.active_key', 'is', null);
    await ended.forUpdate().execute();
    // A statement of its own: it sees what was committed while the lock was waited for.
    const ids = (await ended.where(isDispensable).execute()).map(({ id }) => id);
    if (ids.length === 0) return 0;
    const merged = await completedRows(trx, 'main_etl')
      .select('completed.extraction_date as date')
      .where('completed.id', 'in', ids)
      .execute();
    await trx.deleteFrom('log_scheduler').where('id', 'in', ids).execute();
    await forgetParts(
      trx,
      merged.map(({ date }) => date),
    );
    return ids.length;
  });
}
