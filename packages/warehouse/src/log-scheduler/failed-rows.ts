import { type Batch, SCHEDULER_STATUS } from '@etl/core';
import type { Warehouse } from '../warehouse.ts';

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
