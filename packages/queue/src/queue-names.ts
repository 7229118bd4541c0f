import type { Batch } from '@etl/core';

/** The queue of a batch: `activity-counts`, `user-counts`, `main-etl`. */
export function queueName(batch: Batch): string {
  return batch.replaceAll('_', '-');
}

/** Unique for each batch of each run: an id that ever existed would be ignored by the queue. */
export function jobId(runId: string, batch: Batch): string {
  return `${runId}-${queueName(batch)}`;
}

/** The queue that the schedule's ticks come through. */
export const SCHEDULE_QUEUE = 'schedule';
