import { z } from 'zod';

/**
 * The payload of a job names its row of `log_scheduler`. The row holds the work to do. Run and date are only for
 * people who look at the job.
 */
export const JobPayload = z.strictObject({
  scheduler_id: z.int().positive(),
  run_id: z.uuid(),
  extraction_date: z.iso.date(),
});
export type JobPayload = z.infer<typeof JobPayload>;
