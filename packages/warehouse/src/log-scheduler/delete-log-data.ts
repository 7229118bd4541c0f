import { type SqlBool, sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';

/** A statement that locks few rows for a short time. */
const ROWS_PER_STATEMENT = 1000;

/**
 * Deletes rows of `log_scheduler` that are older than so many days. What is queued or in progress stays, and of each date the rows
 * of the batches that completed last: they say what its figures are made of. Returns how many it deleted.
 */
export async function deleteLogData(warehouse: Warehouse, retentionDays: number): Promise<number> {
  for (let deleted = 0; ; ) {
    const old = await warehouse
      .selectFrom('log_scheduler as old')
      .select('id')
      .where(sql<SqlBool>`old.created_at < NOW() - INTERVAL ${sql.lit(retentionDays)} DAY`)
      .where('active_key', 'is', null)
      .where(
        sql<SqlBool>`(old.status <> 1 OR EXISTS (
          SELECT 1 FROM log_scheduler newer
          WHERE newer.extraction_date = old.extraction_date AND newer.batch_name = old.batch_name
            AND newer.status = 1
            AND (newer.finished_at > old.finished_at
              OR (newer.finished_at = old.finished_at AND newer.id > old.id))))`,
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
