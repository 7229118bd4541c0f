import { type Batch, EtlError, type FigureSettings, isDuplicateKey, SCHEDULER_STATUS } from '@etl/core';
import { holdSameSettings } from '../../figure-settings.ts';
import { inTransaction, type Warehouse, type WarehouseTransaction } from '../../warehouse.ts';
import { parseDetails } from '../details.ts';
import { rowsOfRun } from '../rows.ts';
import { leaseEnd, timestamps } from '../times.ts';
import { activeKey, alreadyRunning } from './start.ts';

/**
 * Queues the failed rows of a run again. The caller has `leaseSeconds` to add the jobs to the queue. Throws:
 * - NOT_FOUND;
 * - INVALID_REQUEST if no row of the run has failed, or a newer run of the date has replaced it;
 * - ETL_ALREADY_RUNNING if another run of the date is queued or in progress;
 * - SETTINGS_DIFFER if this process or the run has other settings than the stored ones.
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
            failure_code: null,
            offset: 0,
            numrow: 0,
            ...timestamps({ finished_at: null, failed_at: null, lease_until: leaseEnd(leaseSeconds) }),
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

/**
 * A run keeps its time zone. After a change of the stored zone its date would be another day. Throws
 * SETTINGS_DIFFER.
 */
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
    .select(['id', 'batch_name', 'extraction_date', 'status', 'details'])
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
