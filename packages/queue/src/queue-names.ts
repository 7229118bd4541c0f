import type { Batch } from '@etl/core';

/** The queue of a batch: `activity-counts`, `user-counts`, `main-etl`. */
export function queueName(batch: Batch): string {
  return batch.replaceAll('_', '-');
}

/** Unique for each batch of each run: BullMQ ignores a job whose id it has already. */
export function jobId(runId: string, batch: Batch): string {
  return `${runId}-${queueName(batch)}`;
}

/** The queue of recounts. */
export const RECOUNT_QUEUE = 'recounts';

/** The queue of the schedule's ticks. */
export const SCHEDULE_QUEUE = 'schedule';
