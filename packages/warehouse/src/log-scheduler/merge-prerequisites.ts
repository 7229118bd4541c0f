import { EtlError, MERGED_BATCHES, SCHEDULER_STATUS } from '@etl/core';
import type { Warehouse } from '../warehouse.ts';
import { completedRow } from './newest-completed.ts';
import { type LogSchedulerRow, newestRow } from './rows.ts';

/** The completed rows whose results a merge takes. */
export type MergedRows = Record<(typeof MERGED_BATCHES)[number], LogSchedulerRow>;

/**
 * Whether a merge of the date may be started. Throws ETL_PREREQUISITES_MISSING where one of the two batches never completed
 * for it, or is queued or in progress at this moment.
 */
export async function requireMergePrerequisites(warehouse: Warehouse, date: string): Promise<void> {
  await rowsToMerge(warehouse, date);
  for (const batch of MERGED_BATCHES) {
    const newest = await newestRow(warehouse, batch, date);
    if (newest?.active_key != null) throw new EtlError('ETL_PREREQUISITES_MISSING');
  }
}

/**
 * The rows whose results the merge of the run `runId` takes. Throws ETL_PREREQUISITES_MISSING where a batch never completed for
 * the date, or is part of this very run and has not completed in it: a merge that was let loose early must not pass.
 */
export async function rowsToMerge(warehouse: Warehouse, date: string, runId?: string): Promise<MergedRows> {
  const [activityCounts, userCounts] = await Promise.all(
    MERGED_BATCHES.map((batch) => completedRow(warehouse, batch, date)),
  );
  // Of the counts of the PHP system nobody knows whether they are all there.
  if (!activityCounts || !userCounts || activityCounts.details.adopted)
    throw new EtlError('ETL_PREREQUISITES_MISSING');
  if (runId !== undefined) {
    const unfinished = await warehouse
      .selectFrom('log_scheduler')
      .select('id')
      .where('run_id', '=', runId)
      .where('batch_name', 'in', MERGED_BATCHES)
      .where('status', '!=', SCHEDULER_STATUS.finished)
      .executeTakeFirst();
    if (unfinished) throw new EtlError('ETL_PREREQUISITES_MISSING');
  }
  return { activity_counts: activityCounts, user_counts: userCounts };
}

/** Whether one of the run's counting batches is queued or in progress. */
export async function isCounting(warehouse: Warehouse, runId: string): Promise<boolean> {
  const active = await warehouse
    .selectFrom('log_scheduler')
    .select('id')
    .where('run_id', '=', runId)
    .where('batch_name', 'in', MERGED_BATCHES)
    .where('active_key', 'is not', null)
    .limit(1)
    .executeTakeFirst();
  return active !== undefined;
}
