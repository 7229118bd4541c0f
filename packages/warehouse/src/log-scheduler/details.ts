import { perReason } from '@etl/core';
import { z } from 'zod';

/** The JSON in `log_scheduler.details`. A batch adds its findings when it finishes. */
export const BatchDetails = z.looseObject({
  /**
   * The time zone of the run's day. Of a completed merge: of the counts that it merged, which may be of an earlier
   * run.
   */
  time_zone: z.string(),
  /** The row is of the PHP system: its time zone is not known, and its day had at least as many log rows as views. */
  adopted: z.boolean().optional(),
  /** The caller wants the run although the source may have lost rows of the day. */
  force: z.boolean().optional(),
  /** Rows of the source: read, counted into a figure, and left out by reason. */
  rows: z
    .object({ read: z.number(), counted: z.number(), left_out: z.record(z.string(), z.number()) })
    .optional(),
  /** Of a merge: where each log row of the day is. Absent if a version before ledgers merged the date. */
  ledger: z
    .object({
      read: z.number(),
      counted: z.number(),
      left_out: z.object(perReason(() => z.number())),
    })
    .optional(),
  /** Of a merge: the row of the batch whose activity counts it merged. */
  activity_counts_row: z.number().optional(),
  /** Of a merge: how many log rows of the day its activity counts were made of. */
  log_rows: z.number().optional(),
  /** Rows that the batch loaded. */
  loaded: z.number().optional(),
  /** The log was read before the day had ended: a later run may find more. */
  provisional: z.boolean().optional(),
  /** When enrolments were counted, in UTC. They have no history: the counts are of that moment. */
  user_counts_as_of: z.string().optional(),
  /** The role ids that were counted, also of a merge. */
  roles: z.object({ students: z.array(z.number()), teachers: z.array(z.number()) }).optional(),
  /** How long the attempt that completed took, its load included. */
  duration_ms: z.number().optional(),
});
export type BatchDetails = z.infer<typeof BatchDetails>;

/** What a batch adds to the details of its row. */
export type BatchFindings = Partial<Omit<BatchDetails, 'adopted' | 'force'>>;

export function parseDetails(json: string): BatchDetails {
  return BatchDetails.parse(JSON.parse(json));
}
