import { type Batch, type EtlStatus, SCHEDULER_STATUS, statusInWords } from '@etl/core';
import { sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';

/**
 * Batches that are queued or in progress: how many of each, and the seconds since the oldest entered that state. A
 * merge that waits for the counts of its own run does not count as old.
 */
export async function activeBatches(
  warehouse: Warehouse,
): Promise<{ batch: Batch; status: EtlStatus; count: number; oldestSeconds: number }[]> {
  const rows = await warehouse
    .selectFrom('log_scheduler')
    .select(['batch_name', 'status'])
    .select((of) => of.fn.countAll<number>().as('count'))
    .select(
      // By the warehouse's clock.
      sql<number>`TIMESTAMPDIFF(SECOND, MIN(CASE
        WHEN status = ${sql.lit(SCHEDULER_STATUS.inProgress)} THEN started_at
        WHEN batch_name = 'main_etl' AND EXISTS (SELECT 1 FROM log_scheduler AS counting WHERE counting.run_id = log_scheduler.run_id
          AND counting.batch_name <> 'main_etl' AND counting.active_key IS NOT NULL) THEN NULL
        ELSE created_at END), NOW())`.as('oldest'),
    )
    .where('active_key', 'is not', null)
    .groupBy(['batch_name', 'status'])
    .execute();
  return rows.map(({ batch_name, status, count, oldest }) => ({
    batch: batch_name as Batch,
    status: statusInWords(status),
    count: Number(count),
    oldestSeconds: oldest ?? 0,
  }));
}
