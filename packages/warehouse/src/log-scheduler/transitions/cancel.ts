import { inTransaction, type Warehouse } from '../../warehouse.ts';
import { failActiveRows } from './fail.ts';

/**
 * Sets the queued rows and those in progress of a run failed. A worker that has one loses its claim and cannot
 * write any more. Waits for a load that is being committed. Returns how many batches it ended.
 */
export async function cancelRows(warehouse: Warehouse, runId: string, by: string): Promise<number> {
  return inTransaction(warehouse, (trx) =>
    failActiveRows(trx, runId, { code: 'CANCELLED', why: `Cancelled by ${by}` }),
  );
}
