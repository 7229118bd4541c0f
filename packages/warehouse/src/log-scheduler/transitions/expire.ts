import { EtlError } from '@etl/core';
import type { Warehouse, WarehouseTransaction } from '../../warehouse.ts';
import type { Failure } from '../failure.ts';
import { failureColumns } from './ending.ts';
import { insertRows, type NewRun } from './start.ts';

/** The error of a run of the schedule whose day has not ended. */
export function dayNotOver(date: string): EtlError {
  return new EtlError('INVALID_REQUEST', `${date} has not ended yet: the schedule extracts whole days only`);
}

/** Records a scheduled run as failed whose window closed before it was started. Throws SETTINGS_DIFFER. */
export async function recordExpiredRun(warehouse: Warehouse, run: NewRun): Promise<void> {
  const { message } = new EtlError('ETL_WINDOW_EXPIRED');
  await insertRows(warehouse, run, () => failureColumns({ code: 'ETL_WINDOW_EXPIRED', why: message }));
}

/** Fails all rows of a run of which no batch ever started. Returns false, and changes nothing, if one did. */
export async function expireRun(
  trx: WarehouseTransaction,
  runId: string,
  failure: Failure,
): Promise<boolean> {
  // Locked: another worker may claim a batch of the run at this moment.
  const rows = await trx
    .selectFrom('log_scheduler')
    .select('attempt')
    .where('run_id', '=', runId)
    .orderBy('id')
    .forUpdate()
    .execute();
  if (rows.some(({ attempt }) => attempt > 0)) return false;
  await trx.updateTable('log_scheduler').set(failureColumns(failure)).where('run_id', '=', runId).execute();
  return true;
}
