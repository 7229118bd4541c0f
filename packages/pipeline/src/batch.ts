import type { RoleIds, Source } from '@etl/moodle';
import type { BatchControl, BatchInput, BatchResult, Warehouse } from '@etl/warehouse';

/** What a batch works with. */
export interface BatchContext extends BatchControl {
  source: Source;
  warehouse: Warehouse;
  settings: BatchSettings;
}

export interface BatchSettings {
  /** Courses in a page of a read and in a statement of a load, for the two counting batches. */
  batchSize: number;
  /** The same for the merge. */
  mergeBatchSize: number;
  /** Log rows that one statement reads, more or less. */
  rowsPerSlice: number;
  roles: RoleIds;
}

/** A batch: reads, calculates, and prepares a load. It may be run any number of times. */
export type BatchFunction = (input: BatchInput, context: BatchContext) => Promise<BatchResult>;
