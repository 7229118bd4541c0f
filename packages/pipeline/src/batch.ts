import type { Day } from '@etl/core';
import type { RoleIds, Source } from '@etl/moodle';
import type { BatchFindings, Warehouse, WarehouseTransaction } from '@etl/warehouse';

/** What a batch is asked to do. */
export interface BatchInput {
  day: Day;
  /** The run that the batch is part of. */
  runId: string;
  /** When the attempt began, in epoch seconds: nothing is read before. */
  startedAt: number;
  /** Extract the day even where the source has fewer rows of it than it once had. */
  force: boolean;
}

/** What a batch works with. */
export interface BatchContext {
  source: Source;
  warehouse: Warehouse;
  settings: BatchSettings;
  /** Aborts when the work is no longer wanted: statements end, the batch throws the signal's reason. */
  signal: AbortSignal;
  /** Tells how far the batch is: rows done, rows in all. */
  progress(offset: number, numrow: number): Promise<void>;
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

/** What a batch has prepared. Nothing is written yet: whoever owns the transaction loads it, together with the row's final state. */
export interface BatchResult {
  /** Rows done, in the unit of the batch's progress. */
  numrow: number;
  findings: BatchFindings;
  load(trx: WarehouseTransaction): Promise<void>;
}

/** A batch: reads, calculates, and prepares a load. It may be run any number of times. */
export type BatchFunction = (input: BatchInput, context: BatchContext) => Promise<BatchResult>;
