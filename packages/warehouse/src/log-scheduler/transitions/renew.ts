import { sql } from 'kysely';
import type { Warehouse } from '../../warehouse.ts';
import { type Claim, ClaimLost, heldBy } from '../fence.ts';
import { leaseEnd, timestamps } from '../times.ts';

/**
 * Renews the lease of a claimed row, and records the progress of the batch (rows done, rows in all). A late report
 * never lowers the progress. Throws ClaimLost.
 */
export async function renewLease(
  warehouse: Warehouse,
  claim: Claim,
  progress: { offset: number; numrow: number } | undefined,
  leaseSeconds: number,
): Promise<void> {
  const updated = await warehouse
    .updateTable('log_scheduler')
    .set({
      ...(progress && {
        offset: sql<number>`GREATEST(\`offset\`, ${progress.offset})`,
        numrow: progress.numrow,
      }),
      ...timestamps({ lease_until: leaseEnd(leaseSeconds) }),
    })
    .where(heldBy(claim))
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) throw new ClaimLost();
}
