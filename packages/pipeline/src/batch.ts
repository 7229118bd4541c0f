import type { RoleIds, Source } from '@etl/moodle';
import type { BatchControl, BatchInput, BatchResult, Warehouse } from '@etl/warehouse';
import type { CountsCache } from './counts-cache.ts';

/** The resources of a batch. */
export interface BatchContext extends BatchControl {
  source: Source;
  warehouse: Warehouse;
  /** What batches of this process have loaded. */
  cache: CountsCache;
  settings: BatchSettings;
}

export interface BatchSettings {
  /** Courses in a page of a read and in a statement of a load, for the two counting batches. */
  batchSize: number;
  /** The same for the merge. */
  mergeBatchSize: number;
  /** Rows with fewer students are small: their sums stand apart, so that they can be withheld. 0: none are. */
  smallBelow: number;
  /** Log rows that one statement reads, approximately. */
  rowsPerSlice: number;
  roles: RoleIds;
}

/** A batch reads, calculates and prepares a load. It can run any number of times. */
export type BatchFunction = (input: BatchInput, context: BatchContext) => Promise<BatchResult>;
