import type { Day } from '@etl/core';
import type { BatchFindings } from './log-scheduler/details.ts';
import type { WarehouseTransaction } from './warehouse.ts';

/** What a batch extracts. The claim of its row says so. */
export interface BatchInput {
  day: Day;
  /** The run that the batch is part of. */
  runId: string;
  /** The batch's row of `log_scheduler`, and the fence of this attempt. */
  schedulerId: number;
  fence: number;
  /** When the attempt began, in epoch seconds: nothing is read before. */
  startedAt: number;
  /** Extract the day even if the source has fewer rows of it than before. */
  force: boolean;
}

/** What connects the work of a batch with its claimed row. */
export interface BatchControl {
  /** Aborts when the claim is lost or the worker stops: statements end, and the batch throws the signal's reason. */
  signal: AbortSignal;
  /** Reports how far the batch is: rows done, rows in all. */
  progress(offset: number, numrow: number): Promise<void>;
}

/**
 * What a batch has prepared. Nothing is written yet: the worker calls `load` in the transaction that finishes the
 * row.
 */
export interface BatchResult {
  /** Rows done, in the unit of the batch's progress. */
  numrow: number;
  findings: BatchFindings;
  load(trx: WarehouseTransaction): Promise<void>;
  /** Called when that transaction has committed. It is not called if the answer to its COMMIT was lost. */
  committed?(): void;
}

/** The work of a batch, as `runBatch` calls it. */
export type BatchHandler = (input: BatchInput, control: BatchControl) => Promise<BatchResult>;
