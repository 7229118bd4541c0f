import { SCHEDULER_STATUS } from '@etl/core';
import type { Warehouse } from '../../warehouse.ts';
import { type Claim, heldBy } from '../fence.ts';
import { timestamps } from '../times.ts';

/**
 * Puts a claimed row back to queued: after an attempt that another one follows (`why` is its error), or because the
 * worker stops. Returns false if the claim is lost.
 */
export async function releaseBatch(warehouse: Warehouse, claim: Claim, why: string | null): Promise<boolean> {
  const updated = await warehouse
    .updateTable('log_scheduler')
    .set({
      status: SCHEDULER_STATUS.queued,
      error_details: why,
      ...timestamps({ lease_until: null }),
    })
    .where(heldBy(claim))
    .executeTakeFirst();
  return updated.numUpdatedRows > 0n;
}
