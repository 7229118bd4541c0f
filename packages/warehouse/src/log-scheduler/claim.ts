import {
  type Batch,
  EtlError,
  type FigureSettings,
  hasEnded,
  isOfSchedule,
  isWithinWindow,
  MERGED_BATCHES,
  SCHEDULER_STATUS,
  settingsDifference,
  type TriggerType,
} from '@etl/core';
import { type SqlBool, sql } from 'kysely';
import { storedSettings } from '../figure-settings.ts';
import { inTransaction, type Warehouse, type WarehouseTransaction } from '../warehouse.ts';
import { type BatchDetails, type BatchFindings, parseDetails } from './details.ts';
import { leaseEnd, NOW, timestamps } from './times.ts';

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
  /** The worker's settings differ from the stored ones: another worker is to take it. */
  | { kind: 'settings_differ'; why: string }
  /** It is not to be run any more. */
  | { kind: 'refused'; why: string };

/**
 * Claims a row for this attempt: a queued one, or one whose worker let its lease run out. The row must be of that run and batch: a
 * job of another installation, on the same Redis, is none of ours. One that has failed stays so until somebody retries it. A
 * scheduled run whose first batch comes up after its window has closed is ended instead: it waited too long in the queue. So is one
 * whose day has not ended: a process with a wrong clock started it. Both are decided by the database's clock, unless a test gives `now`.
 * So is a run that was started for another time zone than the stored one: its dates are other days.
 */
export async function claimBatch(
  warehouse: Warehouse,
  job: { schedulerId: number; runId: string; batch: Batch; settings: FigureSettings },
  leaseSeconds: number,
  now?: Date,
): Promise<ClaimOutcome> {
  const { schedulerId, runId, batch } = job;
  return inTransaction(warehouse, async (trx) => {
    const row = await trx
      .selectFrom('log_scheduler')
      .select(['extraction_date', 'status', 'attempt', 'fence', 'details', 'error_details', 'trigger_type'])
      .select(
        sql<number | null>`TIMESTAMPDIFF(MICROSECOND, NOW(3), lease_until) DIV 1000`.as('lease_left_ms'),
      )
      .select(sql<string>`UNIX_TIMESTAMP(NOW(3))`.as('database_seconds'))
      .where('id', '=', schedulerId)
      .where('run_id', '=', runId)
      .where('batch_name', '=', batch)
      .forUpdate()
      .executeTakeFirst();
    if (!row) return refused(`log_scheduler has no row ${schedulerId} of ${batch} and run ${runId}`);
    if (row.status === SCHEDULER_STATUS.finished) return { kind: 'completed' };
    if (row.status === SCHEDULER_STATUS.failed) return refused(row.error_details ?? 'The batch has failed');
    if (row.status === SCHEDULER_STATUS.inProgress && (row.lease_left_ms ?? 0) > 0) {
      return { kind: 'held', retryInMs: row.lease_left_ms ?? 0 };
    }
    const stored = await storedSettings(trx);
    const difference = settingsDifference(job.settings, stored);
    if (difference) return { kind: 'settings_differ', why: difference.message };
    const details = parseDetails(row.details);
    if (stored.ETL_TIMEZONE !== undefined && details.time_zone !== stored.ETL_TIMEZONE) {
      const why = `SETTINGS_DIFFER: the run was started for days in ${details.time_zone}, and days are now those of ${stored.ETL_TIMEZONE}. Start a new run of the date.`;
      await endActiveRows(trx, runId, why);
      return refused(why);
    }
    const why = whyNotStarted(row, details.time_zone, now ?? new Date(Number(row.database_seconds) * 1000));
    if (why !== undefined && (await endUnstartedRun(trx, runId, why))) return refused(why);
    const fence = row.fence + 1;
    await trx
      .updateTable('log_scheduler')
      .set({
        status: SCHEDULER_STATUS.inProgress,
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
      details,
    };
    return { kind: 'claimed', claim };
  });
}

/** Why a run of the schedule must not be started at this time. Undefined if it may. */
function whyNotStarted(
  { trigger_type: trigger, extraction_date: date }: { trigger_type: TriggerType; extraction_date: string },
  timeZone: string,
  now: Date,
): string | undefined {
  if (!isOfSchedule(trigger)) return undefined;
  if (!hasEnded(date, timeZone, now)) return dayNotOver(date).message;
  if (trigger === 'schedule' && !isWithinWindow(date, timeZone, now))
    return new EtlError('ETL_WINDOW_EXPIRED').message;
  return undefined;
}

/** What the schedule must not do. */
export function dayNotOver(date: string): EtlError {
  return new EtlError('INVALID_REQUEST', `${date} has not ended yet: the schedule extracts whole days only`);
}

/** Ends a run of which no batch was ever begun, as failed. Returns false, having done nothing, where one was. */
async function endUnstartedRun(trx: WarehouseTransaction, runId: string, why: string): Promise<boolean> {
  // Locked: another worker may be claiming a batch of it at this very moment.
  const rows = await trx
    .selectFrom('log_scheduler')
    .select('attempt')
    .where('run_id', '=', runId)
    .orderBy('id')
    .forUpdate()
    .execute();
  if (rows.some(({ attempt }) => attempt > 0)) return false;
  await trx
    .updateTable('log_scheduler')
    .set({ ...failure(why), ...timestamps({ finished_at: NOW, lease_until: null }) })
    .where('run_id', '=', runId)
    .execute();
  return true;
}

/** Ends what of a run is queued or in progress, as failed, and so takes it from its workers. Returns how many batches it ended. */
export async function endActiveRows(trx: WarehouseTransaction, runId: string, why: string): Promise<number> {
  const updated = await trx
    .updateTable('log_scheduler')
    .set({ ...failure(why), ...timestamps({ finished_at: NOW, lease_until: null }) })
    .where('run_id', '=', runId)
    .where('active_key', 'is not', null)
    .executeTakeFirst();
  return Number(updated.numUpdatedRows);
}

function refused(why: string): ClaimOutcome {
  return { kind: 'refused', why };
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

/**
 * Puts the row back to queued: after an attempt that will be followed by another, `why` saying what was wrong with it, or where a
 * worker stops before its end. Returns false where the claim is lost.
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

/**
 * Marks the row as finally failed, and with it the run's merge where that waits for this batch. Returns false, having
 * written nothing, where the claim is lost.
 */
export async function failBatch(
  warehouse: Warehouse,
  claim: Pick<Claim, 'schedulerId' | 'runId' | 'batch' | 'fence'>,
  why: string,
): Promise<boolean> {
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
        .set({
          ...failure(`Not started: ${claim.batch} failed`),
          ...timestamps({ finished_at: NOW, lease_until: null }),
        })
        .where('run_id', '=', claim.runId)
        .where('batch_name', '=', 'main_etl')
        .where('status', '=', SCHEDULER_STATUS.queued)
        .execute();
    }
    return true;
  });
}

/**
 * What became of a row whose claim is lost: finished, by whomever (also by this very claim, where the answer to its COMMIT was
 * lost), failed (somebody cancelled the run), or still to be done by another worker.
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

/** The columns of a row that has ended badly. */
export function failure(why: string) {
  return { status: SCHEDULER_STATUS.failed, active_key: null, error_details: why };
}

function isMerged(batch: Batch): boolean {
  return (MERGED_BATCHES as readonly Batch[]).includes(batch);
}

/** Still ours: claimed by nobody since, and not ended. */
function heldBy(claim: Pick<Claim, 'schedulerId' | 'fence'>) {
  return sql<SqlBool>`id = ${claim.schedulerId} AND fence = ${claim.fence} AND status = ${SCHEDULER_STATUS.inProgress}`;
}
