import { inTransaction, type Warehouse } from '../warehouse.ts';
import { endActiveRows } from './claim.ts';
import { cancelledBy } from './endings.ts';

/**
 * Ends what of the run is queued or in progress as failed, and so takes it from the worker that has it: that can write nothing any
 * more. Waits for a load that is being committed. Returns how many batches it ended.
 */
export async function cancelRows(warehouse: Warehouse, runId: string, by: string): Promise<number> {
  return inTransaction(warehouse, (trx) => endActiveRows(trx, runId, cancelledBy(by)));
}
