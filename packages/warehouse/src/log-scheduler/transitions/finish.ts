import type { WarehouseTransaction } from '../../warehouse.ts';
import type { BatchFindings } from '../details.ts';
import { type Claim, ClaimLost, heldBy } from '../fence.ts';
import { endingColumns } from './ending.ts';

/** Sets the row finished in the transaction of its load: both are committed, or neither. Throws ClaimLost. */
export async function finishBatch(
  trx: WarehouseTransaction,
  claim: Claim,
  { numrow, findings }: { numrow: number; findings: BatchFindings },
): Promise<void> {
  const updated = await trx
    .updateTable('log_scheduler')
    .set(endingColumns({ kind: 'finished', numrow, details: { ...claim.details, ...findings } }))
    .where(heldBy(claim))
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) throw new ClaimLost();
}
