import { type Batch, SCHEDULER_STATUS } from '@etl/core';
import type { Warehouse } from '../warehouse.ts';
import { failureCode } from './failure.ts';

/** The jobs of the failed rows of each run of the date in which one of these batches failed. */
export async function failedJobs(
  warehouse: Warehouse,
  date: string,
  batches: readonly Batch[],
): Promise<{ batch: Batch; jobId: string }[]> {
  const failedRuns = warehouse
    .selectFrom('log_scheduler')
    .select('run_id')
    .where('extraction_date', '=', date)
    .where('batch_name', 'in', batches)
    .where('status', '=', SCHEDULER_STATUS.failed);
  const rows = await warehouse
    .selectFrom('log_scheduler')
    .select(['batch_name', 'job_id'])
    .where('status', '=', SCHEDULER_STATUS.failed)
    .where('run_id', 'in', failedRuns)
    .execute();
  return rows.map(({ batch_name, job_id }) => ({ batch: batch_name as Batch, jobId: job_id }));
}

/** Whether the newest run of the date's activity counts found that the source has lost log rows of the date. */
export async function wasPurged(warehouse: Warehouse, date: string): Promise<boolean> {
  const newest = await warehouse
    .selectFrom('log_scheduler')
    .select(['status', failureCode.as('code')])
    .where('extraction_date', '=', date)
    .where('batch_name', '=', 'activity_counts')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return newest?.status === SCHEDULER_STATUS.failed && newest.code === 'SOURCE_PURGED';
}
