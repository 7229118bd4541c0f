import { type Batch, SCHEDULER_STATUS } from '@etl/core';
import { type SqlBool, sql } from 'kysely';
import type { Warehouse, WarehouseTransaction } from '../warehouse.ts';
import type { BatchDetails } from './details.ts';

/**
 * A worker's right to write to a row of `log_scheduler`. Every claim of the row raises the fence. A worker that
 * holds an older fence cannot change the row any more.
 */
export interface Claim {
  schedulerId: number;
  runId: string;
  batch: Batch;
  date: string;
  fence: number;
  /** When this attempt began, by the warehouse's clock: epoch seconds. */
  startedAt: number;
  details: BatchDetails;
}

/** Another worker has claimed the row, or the row has ended. This attempt must not write anything. */
export class ClaimLost extends Error {
  override name = 'ClaimLost';
}

/** The row, if it is still in progress under this fence. */
export function heldBy(claim: Pick<Claim, 'schedulerId' | 'fence'>) {
  return sql<SqlBool>`id = ${claim.schedulerId} AND fence = ${claim.fence} AND status = ${SCHEDULER_STATUS.inProgress}`;
}

/**
 * Locks the claimed row until the transaction ends, so that no other worker can claim it. A load begins with
 * `lockClaim` and ends with `finishBatch`. Throws ClaimLost.
 */
export async function lockClaim(trx: WarehouseTransaction, claim: Claim): Promise<void> {
  const row = await trx
    .selectFrom('log_scheduler')
    .select('id')
    .where(heldBy(claim))
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new ClaimLost();
}

/**
 * What became of a row whose claim is lost. It is finished (perhaps by this claim, if the answer to its COMMIT was
 * lost), failed (the run was cancelled), or open for another worker.
 */
export async function fateOf(
  warehouse: Warehouse,
  { schedulerId }: Claim,
): Promise<{ kind: 'finished' } | { kind: 'failed'; why: string } | { kind: 'open' }> {
  const row = await warehouse
    .selectFrom('log_scheduler')
    .select(['status', 'error_details'])
    .where('id', '=', schedulerId)
    .executeTakeFirst();
  if (row?.status === SCHEDULER_STATUS.finished) return { kind: 'finished' };
  if (row?.status === SCHEDULER_STATUS.failed) return { kind: 'failed', why: row.error_details ?? '' };
  return { kind: 'open' };
}
