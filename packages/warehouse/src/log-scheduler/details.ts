import { z } from 'zod';

/** What `log_scheduler.details` holds, as JSON; what a batch found out is added when it finishes. */
export const BatchDetails = z.looseObject({
  /** The zone of the days of the run. Of a completed merge: of the counts that it merged, which may be of an earlier run. */
  time_zone: z.string(),
  /** Of the PHP system: its zone is not known, and its log rows were at least as many as its views. */
  adopted: z.boolean().optional(),
  /** Whoever asked for the run wants it although the source may have lost rows of the day. */
  force: z.boolean().optional(),
  /** Rows of the source: read, counted into a figure, and left out, by reason. */
  rows: z
    .object({ read: z.number(), counted: z.number(), left_out: z.record(z.string(), z.number()) })
    .optional(),
  /** Of a merge: how many log rows of the day, of every kind, its activity counts were made of. */
  log_rows: z.number().optional(),
  /** Rows that the batch loaded. */
  loaded: z.number().optional(),
  /** The log was read before the day had ended: a later run may find more. */
  provisional: z.boolean().optional(),
  /** When heads were counted, in UTC: enrolments have no history, so they are always those of that moment. */
  user_counts_as_of: z.string().optional(),
  /** The roles whose holders were counted, also of a merge. */
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
