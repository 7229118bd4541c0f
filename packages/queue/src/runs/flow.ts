import { type Batch, countDates, type JobPayload, type TriggerType } from '@etl/core';
import type { QueuedBatch } from '@etl/warehouse';
import type { FlowJob, JobsOptions } from 'bullmq';
import { queueName } from '../queue-names.ts';
import type { Queues } from '../queues.ts';

/**
 * Six tries, 1, 2, 4, 8 and 16 seconds apart: a server that is restarted is back by then. What lasts longer is for a person to see,
 * and for the schedule to try again.
 */
const ATTEMPTS: JobsOptions = { attempts: 6, backoff: { type: 'exponential', delay: 1000 } };

/** The last of these pauses. */
export const LONGEST_BACKOFF_MS = 16_000;

/** Of each queue, for the operator's look at the past. */
const JOBS_KEPT = 1000;

const SECONDS_A_DAY = 86_400;

export interface FlowOptions {
  runId: string;
  date: string;
  trigger: TriggerType;
  /** How long ended jobs are kept, at most. */
  retentionDays: number;
}

/**
 * The jobs of a run: the merge as the parent, which becomes ready only when the batches below it have completed, or each batch on
 * its own where there is no merge. No option says what a failed child does to its parent: it waits, and follows by itself
 * once the child was retried and completes.
 */
export function flowsOf(options: FlowOptions, queued: readonly QueuedBatch[]): FlowJob[] {
  const merge = queued.find(({ batch }) => batch === 'main_etl');
  const children = queued.filter((batch) => batch !== merge).map((batch) => jobOf(options, batch));
  return merge ? [{ ...jobOf(options, merge), children }] : children;
}

/** No date is before it. */
const FIRST_DATE = '1970-01-01';

/**
 * The days of a backfill are done oldest first. Without a priority the queue puts a merge that becomes ready before all that wait, so that
 * the newest ready one always goes first. A job without a priority goes before all that have one: no backfill delays a night.
 */
function priorityOf({ trigger, date }: FlowOptions): Pick<JobsOptions, 'priority'> {
  return trigger === 'backfill' ? { priority: Math.min(countDates(FIRST_DATE, date), LOWEST_PRIORITY) } : {};
}

/** The queue's own limit: a date of the year 7711. */
const LOWEST_PRIORITY = 2_097_152;

function jobOf(options: FlowOptions, { batch, jobId, schedulerId }: QueuedBatch): FlowJob {
  const { runId, date, retentionDays } = options;
  const data: JobPayload = { scheduler_id: schedulerId, run_id: runId, extraction_date: date };
  const kept = { count: JOBS_KEPT, age: retentionDays * SECONDS_A_DAY };
  return {
    name: batch,
    queueName: queueName(batch),
    data,
    opts: { jobId, ...priorityOf(options), ...ATTEMPTS, removeOnComplete: kept, removeOnFail: kept },
  };
}

/**
 * Takes jobs out of the queue, as far as no worker is at them. Returns false where one is.
 */
export async function removeJobs(
  queues: Queues,
  jobs: readonly { batch: Batch; jobId: string }[],
): Promise<boolean> {
  // The merges first: taking away the last batch that a merge waits for would let it loose.
  const mergesFirst = jobs.toSorted(
    (a, b) => Number(b.batch === 'main_etl') - Number(a.batch === 'main_etl'),
  );
  let all = true;
  for (const { batch, jobId } of mergesFirst) {
    // Without its children: one that is still at work is left alone. Its row can be claimed by nobody once it has failed.
    const removed = await queues.byBatch[batch].remove(jobId, { removeChildren: false });
    all &&= removed === 1 || (await queues.byBatch[batch].getJob(jobId)) === undefined;
  }
  return all;
}
