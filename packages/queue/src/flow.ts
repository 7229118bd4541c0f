import type { JobPayload } from '@etl/core';
import type { QueuedBatch } from '@etl/warehouse';
import type { FlowJob, JobsOptions } from 'bullmq';
import { queueName } from './queue-names.ts';

/** Three tries, some 2 and 4 seconds apart: enough for a lost connection or a lost lock. What lasts longer is for a person to see. */
const ATTEMPTS: JobsOptions = { attempts: 3, backoff: { type: 'exponential', delay: 2000 } };

/** For the operator's look at the recent past; the record of runs is `log_scheduler`. */
const KEPT: JobsOptions = { removeOnComplete: { count: 1000 }, removeOnFail: { count: 1000 } };

/**
 * The jobs of a run: the merge as the parent, which becomes ready only when both counting batches have completed, or a single
 * batch on its own. No option says what a failed child does to its parent: it waits, and follows by itself once the
 * child was retried and completes.
 */
export function flowOf(runId: string, date: string, queued: readonly QueuedBatch[]): FlowJob {
  const jobs = new Map(queued.map((batch) => [batch.batch, jobOf(runId, date, batch)]));
  const merge = jobs.get('main_etl');
  const [first, ...others] = [...jobs.values()].filter((job) => job !== merge);
  if (merge) return first ? { ...merge, children: [first, ...others] } : merge;
  if (!first || others.length > 0) throw new Error('A run has a merge above its batches, or one batch only');
  return first;
}

function jobOf(runId: string, date: string, { batch, jobId, schedulerId }: QueuedBatch): FlowJob {
  const data: JobPayload = { scheduler_id: schedulerId, run_id: runId, extraction_date: date };
  return { name: batch, queueName: queueName(batch), data, opts: { jobId, ...ATTEMPTS, ...KEPT } };
}
