import {
  type Batch,
  EtlError,
  type FigureSettings,
  hasEnded,
  isOfSchedule,
  isWithinWindow,
  SCHEDULER_STATUS,
  settingsDifference,
  type TriggerType,
} from '@etl/core';
import { sql } from 'kysely';
import { storedSettings } from '../../figure-settings.ts';
import { inTransaction, type Warehouse, type WarehouseTransaction } from '../../warehouse.ts';
import { parseDetails } from '../details.ts';
import type { Failure } from '../failure.ts';
import type { Claim } from '../fence.ts';
import { leaseEnd, NOW, timestamps } from '../times.ts';
import { dayNotOver, expireRun } from './expire.ts';
import { failActiveRows } from './fail.ts';

/** A job of the queue, and the settings of the worker that received it. */
export interface ClaimedJob {
  schedulerId: number;
  runId: string;
  batch: Batch;
  settings: FigureSettings;
}

export type ClaimOutcome =
  | { kind: 'claimed'; claim: Claim }
  /** The result is loaded already. The worker that loaded it ended before it completed the job. */
  | { kind: 'completed' }
  /** The lease of another worker is valid. Claim again after this time. */
  | { kind: 'held'; retryInMs: number }
  /** The worker's settings differ from the stored ones: another worker must take the job. */
  | { kind: 'settings_differ'; why: string }
  /** The row must not be run any more. */
  | { kind: 'refused'; why: string };

/**
 * Claims a row for one attempt: a queued row, or (reclaim) a row in progress whose lease has run out. If another
 * installation shares this Redis, its job has an id that belongs to another row here. The claim refuses it.
 *
 * Fails the rows of the run instead if it must not start:
 * - its days are of another time zone than the stored one;
 * - it is a scheduled run, and its window has closed or its day has not ended. The warehouse's clock decides, or
 *   `now` in a test.
 */
export async function claimBatch(
  warehouse: Warehouse,
  job: ClaimedJob,
  leaseSeconds: number,
  now?: Date,
): Promise<ClaimOutcome> {
  return inTransaction(warehouse, async (trx) => {
    const row = await lockRow(trx, job);
    if (!row)
      return refused(`log_scheduler has no row ${job.schedulerId} of ${job.batch} and run ${job.runId}`);
    if (row.status === SCHEDULER_STATUS.finished) return { kind: 'completed' };
    if (row.status === SCHEDULER_STATUS.failed) return refused(row.error_details ?? 'The batch has failed');
    if (row.status === SCHEDULER_STATUS.inProgress && (row.lease_left_ms ?? 0) > 0) {
      return { kind: 'held', retryInMs: row.lease_left_ms ?? 0 };
    }
    const stored = await storedSettings(trx);
    const difference = settingsDifference(job.settings, stored);
    if (difference) return { kind: 'settings_differ', why: difference.message };
    const details = parseDetails(row.details);
    const otherZone = otherZoneThan(stored, details.time_zone);
    if (otherZone) {
      await failActiveRows(trx, job.runId, otherZone);
      return refused(otherZone.why);
    }
    const time = now ?? new Date(Number(row.database_seconds) * 1000);
    const tooEarlyOrLate = whyNotStarted(row, details.time_zone, time);
    if (tooEarlyOrLate && (await expireRun(trx, job.runId, tooEarlyOrLate)))
      return refused(tooEarlyOrLate.why);
    const { schedulerId, runId, batch } = job;
    const fence = row.fence + 1;
    const startedAt = await takeRow(trx, schedulerId, { fence, attempt: row.attempt + 1 }, leaseSeconds);
    const claim = { schedulerId, runId, batch, date: row.extraction_date, fence, startedAt, details };
    return { kind: 'claimed', claim };
  });
}

async function lockRow(trx: WarehouseTransaction, { schedulerId, runId, batch }: ClaimedJob) {
  return trx
    .selectFrom('log_scheduler')
    .select(['extraction_date', 'status', 'attempt', 'fence', 'details', 'error_details', 'trigger_type'])
    .select(sql<number | null>`TIMESTAMPDIFF(MICROSECOND, NOW(3), lease_until) DIV 1000`.as('lease_left_ms'))
    .select(sql<string>`UNIX_TIMESTAMP(NOW(3))`.as('database_seconds'))
    .where('id', '=', schedulerId)
    .where('run_id', '=', runId)
    .where('batch_name', '=', batch)
    .forUpdate()
    .executeTakeFirst();
}

/** Sets the row in progress. Returns when the attempt began, in epoch seconds. */
async function takeRow(
  trx: WarehouseTransaction,
  schedulerId: number,
  counters: { fence: number; attempt: number },
  leaseSeconds: number,
): Promise<number> {
  await trx
    .updateTable('log_scheduler')
    .set({
      status: SCHEDULER_STATUS.inProgress,
      ...counters,
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
  return Number(started);
}

/** The failure of a run whose time zone is not the stored one. See `requireZone`. */
function otherZoneThan({ ETL_TIMEZONE: stored }: Partial<FigureSettings>, zone: string): Failure | undefined {
  if (stored === undefined || zone === stored) return undefined;
  const why = `SETTINGS_DIFFER: the run was started for days in ${zone}, and days are now those of ${stored}. Start a new run of the date.`;
  return { code: 'SETTINGS_DIFFER', why };
}

/** Why a run of the schedule must not start at this time. Undefined if it may. */
function whyNotStarted(
  { trigger_type: trigger, extraction_date: date }: { trigger_type: TriggerType; extraction_date: string },
  timeZone: string,
  now: Date,
): Failure | undefined {
  if (!isOfSchedule(trigger)) return undefined;
  if (!hasEnded(date, timeZone, now)) return { code: 'DAY_NOT_OVER', why: dayNotOver(date).message };
  if (trigger !== 'schedule' || isWithinWindow(date, timeZone, now)) return undefined;
  return { code: 'ETL_WINDOW_EXPIRED', why: new EtlError('ETL_WINDOW_EXPIRED').message };
}

function refused(why: string): ClaimOutcome {
  return { kind: 'refused', why };
}
