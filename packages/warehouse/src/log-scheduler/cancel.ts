import { SCHEDULER_STATUS } from '@etl/core';
import { sql } from 'kysely';
import { inTransaction, type Warehouse } from '../warehouse.ts';
import { failure } from './claim.ts';
import { cancelledBy } from './endings.ts';
import { NOW, timestamps } from './times.ts';

/**
 * Ends what of the run is queued or in progress as failed, and takes it from the worker that has it: its fence rises, so that the
 * worker can write nothing any more. Waits for a load that is being committed. Returns how many batches it ended.
 */
export async function cancelRows(warehouse: Warehouse, runId: string, by: string): Promise<number> {
  return inTransaction(warehouse, async (trx) => {
    const updated = await trx
      .updateTable('log_scheduler')
      .set({
        ...failure(cancelledBy(by)),
        fence: sql<number>`fence + 1`,
        ...timestamps({ finished_at: NOW, lease_until: null }),
      })
      .where('run_id', '=', runId)
      .where('status', 'in', [SCHEDULER_STATUS.queued, SCHEDULER_STATUS.inProgress])
      .executeTakeFirst();
    return Number(updated.numUpdatedRows);
  });
}
