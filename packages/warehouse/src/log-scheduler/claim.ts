import { type Batch, isDuplicateKey, MERGED_BATCHES, SCHEDULER_STATUS } from '@etl/core';
import { type SqlBool, sql } from 'kysely';
import { inTransaction, type Warehouse, type WarehouseTransaction } from '../warehouse.ts';
import { type BatchDetails, type BatchFindings, parseDetails } from './details.ts';
import { activeKey } from './new-run.ts';

/**
 * A worker's right to a row of `log_scheduler`. Every later claim raises the fence, and whoever holds an older one can
 * change nothing any more.
 */
export interface Claim {
  schedulerId: number;
  runId: string;
  batch: Batch;
  date: string;
  fence: number;
  /** When this attempt began, by the database's clock: epoch seconds. */
  startedAt: number;
  details: BatchDetails;
}

/** Another worker has claimed the row since, or it was ended: nothing of this attempt may be written. */
export class ClaimLost extends Error {
  override name = 'ClaimLost';
}

export type ClaimOutcome =
  | { kind: 'claimed'; claim: Claim }
  /** Its result is already loaded: the worker that did it could not tell the queue. */
  | { kind: 'completed' }
  /** Another worker's lease is running: ask again when it has run out, in milliseconds. */
  | { kind: 'held'; retryInMs: number }
  /** It is not to be run any more. */
  | { kind: 'refused'; why: string };

/**
 * Claims a row for this attempt: a queued one, one whose worker let its lease run out, or a failed one that had run, which is an
 * operator's retry. The row must be of that run and batch: a job of another installation, on the same Redis, is none of ours.
 */
export async function claimBatch(
  warehouse: Warehouse,
  job: { schedulerId: number; runId: string; batch: Batch },
  leaseSeconds: number,
): Promise<ClaimOutcome> {
  const { schedulerId, runId, batch } = job;
  try {
    return await inTransaction(warehouse, async (trx) => {
      const row = await trx
        .selectFrom('log_scheduler')
        .select(['run_id', 'batch_name', 'extraction_date', 'status', 'attempt', 'fence', 'details'])
        .select(
          sql<number | null>`TIMESTAMPDIFF(MICROSECOND, NOW(3), lease_until) DIV 1000`.as('lease_left_ms'),
        )
        .where('id', '=', schedulerId)
        .where('run_id', '=', runId)
        .where('batch_name', '=', batch)
        .forUpdate()
        .executeTakeFirst();
      if (!row) return refused(`log_scheduler has no row ${schedulerId} of ${batch} and run ${runId}`);
      if (row.status === SCHEDULER_STATUS.finished) return { kind: 'completed' };
      if (row.status === SCHEDULER_STATUS.inProgress && (row.lease_left_ms ?? 0) > 0) {
        return { kind: 'held', retryInMs: row.lease_left_ms ?? 0 };
      }
      if (row.status === SCHEDULER_STATUS.failed) {
        if (row.attempt === 0) return refused('The run had ended before this batch was started');
        if (await hasNewerRow(trx, schedulerId, batch, row.extraction_date)) {
          return refused('A newer run of the date has taken its place');
        }
        await requeueMerge(trx, row);
      }
      const fence = row.fence + 1;
      await trx
        .updateTable('log_scheduler')
        .set({
          status: SCHEDULER_STATUS.inProgress,
          active_key: activeKey(batch, row.extraction_date),
          attempt: row.attempt + 1,
          fence,
          offset: 0,
          numrow: 0,
          ...timestamps({ started_at: NOW, finished_at: null, lease_until: leaseEnd(leaseSeconds) }),
        })
        .where('id', '=', schedulerId)
        .execute();
      const { started } = await trx
        .selectFrom('log_scheduler')
        .select(sql<number>`FLOOR(UNIX_TIMESTAMP(started_at))`.as('started'))
        .where('id', '=', schedulerId)
        .executeTakeFirstOrThrow();
      const claim: Claim = {
        schedulerId,
        runId,
        batch,
        date: row.extraction_date,
        fence,
        startedAt: Number(started),
        details: parseDetails(row.details),
      };
      return { kind: 'claimed', claim };
    });
  } catch (error) {
    if (isDuplicateKey(error)) return refused('Another run of the date is under way');
    throw error;
  }
}

function refused(why: string): ClaimOutcome {
  return { kind: 'refused', why };
}

async function hasNewerRow(
  trx: WarehouseTransaction,
  schedulerId: number,
  batch: Batch,
  date: string,
): Promise<boolean> {
  const newer = await trx
    .selectFrom('log_scheduler')
    .select('id')
    .where('extraction_date', '=', date)
    .where('batch_name', '=', batch)
    .where('id', '>', schedulerId)
    .limit(1)
    .executeTakeFirst();
  return newer !== undefined;
}

/** A batch that failed took the run's merge with it; its retry brings the merge back, unless the other batch is failed still. */
async function requeueMerge(
  trx: WarehouseTransaction,
  retried: { run_id: string; batch_name: string; extraction_date: string },
): Promise<void> {
  if (retried.batch_name === 'main_etl') return;
  const others = await trx
    .selectFrom('log_scheduler')
    .select(['batch_name', 'status'])
    .where('run_id', '=', retried.run_id)
    .where('batch_name', '!=', retried.batch_name)
    .orderBy('id')
    .forUpdate()
    .execute();
  const otherFailed = others.some(
    ({ batch_name, status }) => batch_name !== 'main_etl' && status === SCHEDULER_STATUS.failed,
  );
  if (otherFailed) return;
  await trx
    .updateTable('log_scheduler')
    .set({
      status: SCHEDULER_STATUS.queued,
      active_key: activeKey('main_etl', retried.extraction_date),
      error_details: null,
      ...timestamps({ finished_at: null }),
    })
    .where('run_id', '=', retried.run_id)
    .where('batch_name', '=', 'main_etl')
    .where('status', '=', SCHEDULER_STATUS.failed)
    .execute();
}

/**
 * Renews the lease and writes how far the batch is (rows done, rows in all); a report that was overtaken by a later one
 * does not turn it back. Throws ClaimLost.
 */
export async function recordProgress(
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

/**
 * Locks the claimed row until the transaction ends, so that no other worker can claim it meanwhile. Throws ClaimLost.
 * A load begins with this and ends with `finishBatch`.
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

/** Marks the row as finished, in the transaction of its load: both become true together, or neither. */
export async function finishBatch(
  trx: WarehouseTransaction,
  claim: Claim,
  result: { numrow: number; findings: BatchFindings },
): Promise<void> {
  const updated = await trx
    .updateTable('log_scheduler')
    .set({
      status: SCHEDULER_STATUS.finished,
      active_key: null,
      offset: result.numrow,
      numrow: result.numrow,
      error_details: null,
      details: JSON.stringify({ ...claim.details, ...result.findings }),
      ...timestamps({ finished_at: NOW, lease_until: null }),
    })
    .where(heldBy(claim))
    .executeTakeFirst();
  if (updated.numUpdatedRows === 0n) throw new ClaimLost();
}

/** Puts the row back to queued after an attempt that will be followed by another. Returns false where the claim is lost. */
export async function handBack(warehouse: Warehouse, claim: Claim, why: string): Promise<boolean> {
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

/**
 * Marks the row as finally failed, and with it the run's merge where that waits for this batch. Returns false, having
 * written nothing, where the claim is lost.
 */
export async function failBatch(warehouse: Warehouse, claim: Claim, why: string): Promise<boolean> {
  return inTransaction(warehouse, async (trx) => {
    const updated = await trx
      .updateTable('log_scheduler')
      .set({ ...failure(why), ...timestamps({ finished_at: NOW, lease_until: null }) })
      .where(heldBy(claim))
      .executeTakeFirst();
    if (updated.numUpdatedRows === 0n) return false;
    if (isMerged(claim.batch)) {
      await trx
        .updateTable('log_scheduler')
        .set({ ...failure(`Not started: ${claim.batch} failed`), ...timestamps({ finished_at: NOW }) })
        .where('run_id', '=', claim.runId)
        .where('batch_name', '=', 'main_etl')
        .where('status', '=', SCHEDULER_STATUS.queued)
        .execute();
    }
    return true;
  });
}

/** Whether the claimed row is finished, by whomever: also by this very claim, where the answer to its COMMIT was lost. */
export async function isFinished(warehouse: Warehouse, { schedulerId }: Claim): Promise<boolean> {
  const finished = await warehouse
    .selectFrom('log_scheduler')
    .select('id')
    .where('id', '=', schedulerId)
    .where('status', '=', SCHEDULER_STATUS.finished)
    .executeTakeFirst();
  return finished !== undefined;
}

function failure(why: string) {
  return { status: SCHEDULER_STATUS.failed, active_key: null, error_details: why };
}

function isMerged(batch: Batch): boolean {
  return (MERGED_BATCHES as readonly Batch[]).includes(batch);
}

const NOW = sql`NOW(3)`;

function leaseEnd(seconds: number) {
  return sql`NOW(3) + INTERVAL ${sql.lit(seconds)} SECOND`;
}

/** The table's times are typed as not writable, since none may come from a process's clock; the database's own may. */
function timestamps(
  values: Partial<Record<'started_at' | 'finished_at' | 'lease_until', ReturnType<typeof leaseEnd> | null>>,
) {
  return values as Record<never, never>;
}

/** Still ours: claimed by nobody since, and not ended. */
function heldBy(claim: Claim) {
  return sql<SqlBool>`id = ${claim.schedulerId} AND fence = ${claim.fence} AND status = ${SCHEDULER_STATUS.inProgress}`;
}
