import { z } from 'zod';

/**
 * What a job in the queue carries: which row of `log_scheduler` it is to work off. The row says what is to be done; the rest is
 * for whoever looks at the job.
 */
export const JobPayload = z.strictObject({
  scheduler_id: z.int().positive(),
  run_id: z.uuid(),
  extraction_date: z.iso.date(),
});
export type JobPayload = z.infer<typeof JobPayload>;
