import { SCHEDULER_STATUS } from '@etl/core';
import { type SqlBool, sql } from 'kysely';
import { inTransaction, type Warehouse } from '../../warehouse.ts';
import { leaseEnd, timestamps } from '../times.ts';

/** Orphaned runs: they have queued rows or rows in progress, and all leases of those have run out. Oldest first. */
export async function orphanedRuns(warehouse: Warehouse): Promise<string[]> {
  const runs = await warehouse
    .selectFrom('log_scheduler')
    .select('run_id')
    .where('active_key', 'is not', null)
    .groupBy('run_id')
    .having(sql<SqlBool>`MAX(COALESCE(lease_until > NOW(3), FALSE)) = FALSE`)
    .orderBy(sql`MIN(id)`)
    .execute();
  return runs.map(({ run_id }) => run_id);
}

/**
 * Adopts an orphaned run for `leaseSeconds`: rows in progress are queued again, and their workers lose their
 * claims. Returns false if a lease of the run is valid after all.
 */
export async function adoptRun(warehouse: Warehouse, runId: string, leaseSeconds: number): Promise<boolean> {
  return inTransaction(warehouse, async (trx) => {
    const rows = await trx
      .selectFrom('log_scheduler')
      .select('active_key')
      .select(sql<number>`COALESCE(lease_until > NOW(3), FALSE)`.as('is_leased'))
      .where('run_id', '=', runId)
      .orderBy('id')
      .forUpdate()
      .execute();
    const active = rows.filter(({ active_key }) => active_key !== null);
    if (active.length === 0 || active.some(({ is_leased }) => is_leased === 1)) return false;
    await trx
      .updateTable('log_scheduler')
      .set({ status: SCHEDULER_STATUS.queued, ...timestamps({ lease_until: leaseEnd(leaseSeconds) }) })
      .where('run_id', '=', runId)
      .where('active_key', 'is not', null)
      .execute();
    return true;
  });
}
