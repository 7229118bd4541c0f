import type { Batch } from '@etl/core';
import { activityCounts } from './activity-counts.ts';
import type { BatchFunction } from './batch.ts';
import { mainEtl } from './main-etl.ts';
import { userCounts } from './user-counts.ts';

/** The function of each batch. */
export const BATCH_FUNCTIONS: Record<Batch, BatchFunction> = {
  activity_counts: activityCounts,
  user_counts: userCounts,
  main_etl: mainEtl,
};
