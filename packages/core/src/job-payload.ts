import { z } from 'zod';
import { Batch } from './batches.ts';

/** What a job in the queue carries: which row of `log_scheduler` it is to work off, and the day as its run defined it. */
export const JobPayload = z.strictObject({
  run_id: z.uuid(),
  scheduler_id: z.int().positive(),
  batch_name: Batch,
  extraction_date: z.iso.date(),
  /** The zone in force when the run was started: every process must mean the same day. */
  time_zone: z.string().min(1),
});
export type JobPayload = z.infer<typeof JobPayload>;
