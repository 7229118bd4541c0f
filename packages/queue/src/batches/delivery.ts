import type { Batch, FigureSettings, Logger } from '@etl/core';
import type { BatchFindings, BatchHandler, Warehouse } from '@etl/warehouse';

/** One delivery of a batch's job: the queue hands the job to a worker. */
export interface BatchDelivery {
  schedulerId: number;
  runId: string;
  /** If the attempt fails, the queue does not deliver the job again. */
  isLastAttempt: boolean;
}

/** What the worker that receives the deliveries of a batch runs them with. */
export interface BatchRunner {
  batch: Batch;
  warehouse: Warehouse;
  handler: BatchHandler;
  /** The worker's settings of figures. If they differ from the stored ones, it claims nothing. */
  settings: FigureSettings;
  /** How long a claim holds without a heartbeat, in seconds. */
  leaseSeconds: number;
  /** In a test: replaces the warehouse's clock, which decides whether a run may still start. */
  now?: () => Date;
  /** Aborts when the process must stop. A batch that is not finished then is released. */
  stopping: AbortSignal;
  /** Called with how each delivery ended, for the metrics. */
  onOutcome?: (outcome: BatchOutcome) => void;
  /** Called after a batch has completed. The batch stays completed if it fails. */
  afterwards?: () => Promise<void>;
  log: Logger;
}

/**
 * How a delivery ended: `retried` if another attempt follows, `handed_back` if the worker released the batch
 * because it stops, `lost` if another process has changed the row.
 */
export type BatchOutcome =
  | { kind: 'completed'; seconds: number; findings: BatchFindings }
  | { kind: 'failed' | 'retried' | 'handed_back' | 'held' | 'refused' | 'lost' };

/** This worker cannot run the batch now. The queue must deliver the job again later, without using up an attempt. */
export class BatchHeld extends Error {
  override name = 'BatchHeld';
  readonly retryInMs: number;

  constructor(retryInMs: number) {
    super('The batch cannot run now');
    this.retryInMs = retryInMs;
  }
}

/**
 * The worker stops and has released the batch. The queue must deliver the job to another worker, without using up
 * an attempt.
 */
export class WorkerStopping extends Error {
  override name = 'WorkerStopping';
}
