import { type Batch, EtlError, type FigureSettings, isDuplicateKey, SCHEDULER_STATUS } from '@etl/core';
import { type SqlBool, sql } from 'kysely';
import { holdSameSettings } from '../figure-settings.ts';
import { inTransaction, type Warehouse, type WarehouseTransaction } from '../warehouse.ts';
import { parseDetails } from './details.ts';
import { activeKey, alreadyRunning } from './new-run.ts';
import { rowsOfRun } from './state.ts';
import { leaseEnd, timestamps } from './times.ts';

/**
 * Queues the failed batches of a run again: of the same rows, under the same run. For `leaseSeconds` they are taken to be on their
 * way into the queue. Throws NOT_FOUND; INVALID_REQUEST where nothing of it has failed, or a newer run of the date has taken
 * its place; ETL_ALREADY_RUNNING where another run of the date is under way; SETTINGS_DIFFER if this process or the run has other
 * settings than the stored ones.
 */
export async function requeueFailed(
  warehouse: Warehouse,
  runId: string,
  { leaseSeconds, settings }: { leaseSeconds: number; settings: FigureSettings },
): Promise<Batch[]> {
  try {
    return await inTransaction(warehouse, async (trx) => {
      await holdSameSettings(trx, settings);
      const rows = await lockedRows(trx, runId);
      const date = rows[0]?.extraction_date;
      if (date === undefined) throw new EtlError('NOT_FOUND', `There is no run ${runId}`);
      const failed = rows.filter(({ status }) => status === SCHEDULER_STATUS.failed);
      if (failed.length === 0) {
        throw new EtlError('INVALID_REQUEST', `Nothing of run ${runId} has failed`);
      }
      requireZone(failed, settings);
      const batches = failed.map(({ batch_name }) => batch_name as Batch);
      if (await hasNewerRun(trx, date, batches, runId, Math.min(...rows.map(({ id }) => id)))) {
        throw new EtlError('INVALID_REQUEST', `A newer run of ${date} has taken the place of run ${runId}`);
      }
      for (const row of failed) {
        await trx
          .updateTable('log_scheduler')
          .set({
            status: SCHEDULER_STATUS.queued,
            active_key: activeKey(row.batch_name, date),
            error_details: null,
            offset: 0,
            numrow: 0,
            ...timestamps({ finished_at: null, lease_until: leaseEnd(leaseSeconds) }),
          })
          .where('id', '=', row.id)
          .execute();
      }
      return batches;
    });
  } catch (cause) {
    if (!isDuplicateKey(cause)) throw cause;
    const rows = await rowsOfRun(warehouse, runId);
    throw await alreadyRunning(
      warehouse,
      rows.map((row) => activeKey(row.batch_name, row.extraction_date)),
      cause,
    );
  }
}

/** Runs with something queued or in progress that nobody has in hand: every lease of theirs has run out. Oldest first. */
export async function orphanedRuns(warehouse: Warehouse): Promise<string[]> {
  const runs = await warehouse
    .selectFrom('log_scheduler')
    .select('run_id')
    .where('active_key', 'is not', null)
    .groupBy('run_id')
    .having(sql<SqlBool>`MAX(COALESCE(lease_until > NOW(3), FALSE)) = FALSE`)
    .orderBy(sql`MIN(id)`)
    .execute();
  return runs.map(({ run_id }) => run_id);
}

/**
 * Takes an unattended run in hand for `leaseSeconds`: what of it was in progress is queued again, and the worker that had it can
 * write nothing any more. Returns false where somebody has it in hand after all.
 */
export async function adoptRun(warehouse: Warehouse, runId: string, leaseSeconds: number): Promise<boolean> {
  return inTransaction(warehouse, async (trx) => {
    const rows = (await lockedRows(trx, runId)).filter(({ active_key }) => active_key !== null);
    if (rows.length === 0 || rows.some(({ attended }) => attended === 1)) return false;
    await trx
      .updateTable('log_scheduler')
      .set({ status: SCHEDULER_STATUS.queued, ...timestamps({ lease_until: leaseEnd(leaseSeconds) }) })
      .where('run_id', '=', runId)
      .where('active_key', 'is not', null)
      .execute();
    return true;
  });
}

/** A run keeps the zone that it was started for: after a change of the zone it would extract another day. */
function requireZone(rows: readonly { details: string }[], { ETL_TIMEZONE: zone }: FigureSettings): void {
  const other = rows.map(({ details }) => parseDetails(details).time_zone).find((its) => its !== zone);
  if (other === undefined) return;
  throw new EtlError(
    'SETTINGS_DIFFER',
    `The run was started for days in ${other}, and days are now those of ${zone}. Start a new run of the date.`,
  );
}

async function lockedRows(trx: WarehouseTransaction, runId: string) {
  return trx
    .selectFrom('log_scheduler')
    .select(['id', 'batch_name', 'extraction_date', 'status', 'active_key', 'details'])
    .select(sql<number>`COALESCE(lease_until > NOW(3), FALSE)`.as('attended'))
    .where('run_id', '=', runId)
    .orderBy('id')
    .forUpdate()
    .execute();
}

async function hasNewerRun(
  trx: WarehouseTransaction,
  date: string,
  batches: readonly Batch[],
  runId: string,
  firstId: number,
): Promise<boolean> {
  const newer = await trx
    .selectFrom('log_scheduler')
    .select('id')
    .where('extraction_date', '=', date)
    .where('batch_name', 'in', batches)
    .where('run_id', '!=', runId)
    .where('id', '>', firstId)
    .limit(1)
    .executeTakeFirst();
  return newer !== undefined;
}
