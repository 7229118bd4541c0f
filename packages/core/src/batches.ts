import { z } from 'zod';

/** The three batches, in the order of a pipeline's rows. `main_etl` merges what the other two load. */
export const BATCHES = ['activity_counts', 'user_counts', 'main_etl'] as const;
export const Batch = z.enum(BATCHES);
export type Batch = z.infer<typeof Batch>;

/** The batches whose results the merge needs. */
export const MERGED_BATCHES = ['activity_counts', 'user_counts'] as const satisfies readonly Batch[];

/** The kinds of run: all three batches, or one of them. */
export const RUN_KINDS = ['pipeline', ...BATCHES] as const;
export type RunKind = (typeof RUN_KINDS)[number];

export function batchesOf(kind: RunKind): readonly Batch[] {
  return kind === 'pipeline' ? BATCHES : [kind];
}

/** What started a run. */
export const TRIGGER_TYPES = ['api', 'cli', 'schedule', 'catch_up', 'backfill', 'live'] as const;
export type TriggerType = (typeof TRIGGER_TYPES)[number];
