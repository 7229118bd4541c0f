import { EtlError, MERGED_BATCHES, SCHEDULER_STATUS } from '@etl/core';
import type { Warehouse } from '../warehouse.ts';
import { completedRow } from './newest-completed.ts';
import { type LogSchedulerRow, newestRow } from './rows.ts';

/** The completed rows whose results a merge reads. */
export type MergedRows = Record<(typeof MERGED_BATCHES)[number], LogSchedulerRow>;

/**
 * Throws ETL_PREREQUISITES_MISSING if a merge of the date must not start: one of the counting batches never
 * completed for it, or is queued or in progress.
 */
export async function requireMergePrerequisites(warehouse: Warehouse, date: string): Promise<void> {
  await rowsToMerge(warehouse, date);
  for (const batch of MERGED_BATCHES) {
    const newest = await newestRow(warehouse, batch, date);
    if (newest?.active_key != null) throw new EtlError('ETL_PREREQUISITES_MISSING');
  }
}

/**
 * The rows whose results the merge of the run `runId` reads. Throws ETL_PREREQUISITES_MISSING if a counting batch
 * never completed for the date, or is part of this run and has not completed in it: the merge was dequeued too
 * early.
 */
export async function rowsToMerge(warehouse: Warehouse, date: string, runId?: string): Promise<MergedRows> {
  const [activityCounts, userCounts] = await Promise.all(
    MERGED_BATCHES.map((batch) => completedRow(warehouse, batch, date)),
  );
  // The counts of the PHP system may be incomplete.
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
