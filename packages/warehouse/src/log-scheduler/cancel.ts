import { SCHEDULER_STATUS } from '@etl/core';
import { inTransaction, type Warehouse } from '../warehouse.ts';
import { failure } from './claim.ts';
import { cancelledBy } from './endings.ts';
import { NOW, timestamps } from './times.ts';

/**
 * Ends what of the run is queued or in progress as failed, and so takes it from the worker that has it: that can write nothing any
 * more. Waits for a load that is being committed. Returns how many batches it ended.
 */
export async function cancelRows(warehouse: Warehouse, runId: string, by: string): Promise<number> {
  return inTransaction(warehouse, async (trx) => {
    const updated = await trx
      .updateTable('log_scheduler')
      .set({
        ...failure(cancelledBy(by)),
        ...timestamps({ finished_at: NOW, lease_until: null }),
      })
      .where('run_id', '=', runId)
      .where('status', 'in', [SCHEDULER_STATUS.queued, SCHEDULER_STATUS.inProgress])
      .executeTakeFirst();
    return Number(updated.numUpdatedRows);
  });
}
