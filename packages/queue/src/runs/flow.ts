import { type Batch, countDates, type JobPayload, type TriggerType } from '@etl/core';
import type { QueuedBatch } from '@etl/warehouse';
import type { FlowJob, JobsOptions } from 'bullmq';
import { queueName } from '../queue-names.ts';
import type { Queues } from '../queues.ts';

/**
 * Six attempts, 1, 2, 4, 8 and 16 seconds apart: a restarted server is reachable by then. A longer outage fails the
 * batch: a person sees it, and the schedule retries the run.
 */
const ATTEMPTS: JobsOptions = { attempts: 6, backoff: { type: 'exponential', delay: 1000 } };

/** The longest of these pauses. */
export const LONGEST_BACKOFF_MS = 16_000;

/** Ended jobs that each queue keeps, for the operator. */
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
 * The jobs of a run. The merge is the parent of the counting batches, and becomes ready when they have completed.
 * Without a merge each batch is a job on its own. If a child fails, the parent waits: no option says otherwise. It
 * follows once the child was retried and has completed.
 */
export function flowsOf(options: FlowOptions, queued: readonly QueuedBatch[]): FlowJob[] {
  const merge = queued.find(({ batch }) => batch === 'main_etl');
  const children = queued.filter((batch) => batch !== merge).map((batch) => jobOf(options, batch));
  return merge ? [{ ...jobOf(options, merge), children }] : children;
}

/** No extraction date is earlier. */
const FIRST_DATE = '1970-01-01';

/**
 * The priority of a backfill's job is its date, so that the oldest date is first. Without a priority BullMQ puts a
 * merge that becomes ready at the front, so that the newest would be first. Jobs without a priority precede all
 * others: no backfill delays a scheduled run. Live runs come last.
 */
function priorityOf({ trigger, date }: FlowOptions): Pick<JobsOptions, 'priority'> {
  if (trigger === 'live') return { priority: LOWEST_PRIORITY };
  return trigger === 'backfill' ? { priority: Math.min(countDates(FIRST_DATE, date), LOWEST_PRIORITY) } : {};
}

/** BullMQ's limit, which is a date of the year 7711. */
const LOWEST_PRIORITY = 2_097_151;

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

/** Removes jobs from the queue, except those that a worker runs. Returns false if there is such a job. */
export async function removeJobs(
  queues: Queues,
  jobs: readonly { batch: Batch; jobId: string }[],
): Promise<boolean> {
  // Merges first: a merge becomes ready when the last batch that it waits for is removed.
  const mergesFirst = jobs.toSorted(
    (a, b) => Number(b.batch === 'main_etl') - Number(a.batch === 'main_etl'),
  );
  let all = true;
  for (const { batch, jobId } of mergesFirst) {
    // Without its children: a worker may run one. Its row cannot be claimed once it has failed.
    const removed = await queues.byBatch[batch].remove(jobId, { removeChildren: false });
    all &&= removed === 1 || (await queues.byBatch[batch].getJob(jobId)) === undefined;
  }
  return all;
}
