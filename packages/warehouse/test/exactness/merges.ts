import { randomUUID } from 'node:crypto';
import { dayOf, EtlError, loadConfig } from '@etl/core';
import { sql } from 'kysely';
import {
  type BatchFindings,
  type Claim,
  type CourseCategory,
  claimBatch,
  finishBatch,
  insertRun,
  inTransaction,
  lockClaim,
  replaceCourseCategories,
  replaceUserActivity,
  type UserActivity,
  type Warehouse,
  writeDayPart,
} from '../../src/index.ts';

const SETTINGS = loadConfig({});
const LEASE_SECONDS = 60;
const ROWS_PER_STATEMENT = 500;

/** What a merge loads. `isOld`: by a worker of a version that knows no roll-ups. */
export interface Load {
  date: string;
  rows: readonly UserActivity[];
  categories: readonly CourseCategory[];
  smallBelow: number;
  force?: boolean;
  isOld?: boolean;
  /** Hours by which the warehouse's clock was set back before this merge. */
  hoursBack?: number;
  findings?: BatchFindings;
}

/** Starts a run of the merge alone, and claims it. Undefined if a run of the date is active. */
export async function claimMerge(
  warehouse: Warehouse,
  { date, force = false }: Load,
): Promise<Claim | undefined> {
  const runId = randomUUID();
  const batches = [{ batch: 'main_etl', jobId: runId, limitSize: ROWS_PER_STATEMENT }] as const;
  const run = { runId, settings: SETTINGS, day: dayOf(date, 'UTC'), force, batches: [...batches] };
  try {
    const [row] = await insertRun(warehouse, { ...run, trigger: 'api', requestedBy: 'proof' }, LEASE_SECONDS);
    return await claimAgain(warehouse, { schedulerId: row?.schedulerId as number, runId });
  } catch (error) {
    if (error instanceof EtlError && error.code === 'ETL_ALREADY_RUNNING') return undefined;
    throw error;
  }
}

async function claimAgain(
  warehouse: Warehouse,
  { schedulerId, runId }: { schedulerId: number; runId: string },
): Promise<Claim> {
  const job = { schedulerId, runId, batch: 'main_etl', settings: SETTINGS } as const;
  const outcome = await claimBatch(warehouse, job, LEASE_SECONDS);
  if (outcome.kind !== 'claimed') throw new Error(`The merge was not claimed: ${outcome.kind}`);
  return outcome.claim;
}

/** The transaction of a merge, as the pipeline and the worker write it. */
export async function loadMerge(warehouse: Warehouse, claim: Claim, load: Load): Promise<void> {
  await inTransaction(warehouse, async (trx) => {
    await lockClaim(trx, claim);
    await replaceUserActivity(trx, load.date, load.rows, ROWS_PER_STATEMENT);
    await replaceCourseCategories(trx, load.categories);
    if (!load.isOld) {
      const { schedulerId } = claim;
      const { date, rows, smallBelow } = load;
      await writeDayPart(trx, { date, schedulerId, rows, smallBelow });
    }
    await finishBatch(trx, claim, {
      numrow: load.rows.length,
      findings: { loaded: load.rows.length, provisional: false, ...load.findings },
    });
    if (load.hoursBack === undefined) return;
    await sql`
      UPDATE log_scheduler SET finished_at = finished_at - INTERVAL ${sql.lit(load.hoursBack)} HOUR
      WHERE id = ${claim.schedulerId}`.execute(trx);
  });
}

export async function merge(warehouse: Warehouse, load: Load): Promise<Claim | undefined> {
  const claim = await claimMerge(warehouse, load);
  if (claim) await loadMerge(warehouse, claim, load);
  return claim;
}

/** Whether an attempt that was interrupted has committed its load all the same. */
export async function hasCompleted(warehouse: Warehouse, { schedulerId }: Claim): Promise<boolean> {
  const row = await warehouse
    .selectFrom('log_scheduler')
    .select('status')
    .where('id', '=', schedulerId)
    .executeTakeFirstOrThrow();
  return row.status === 1;
}

/** Gives a row in progress to another attempt, as if its lease had run out. */
export async function reclaim(warehouse: Warehouse, claim: Claim): Promise<Claim> {
  await sql`UPDATE log_scheduler SET lease_until = NOW(3) - INTERVAL 1 SECOND WHERE id = ${claim.schedulerId}`.execute(
    warehouse,
  );
  return claimAgain(warehouse, claim);
}
