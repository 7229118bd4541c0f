import { adviceFor, EtlError, isTransient } from '@etl/core';
import {
  type Claim,
  ClaimLost,
  type Failure,
  failBatch,
  fateOf,
  isCounting,
  releaseBatch,
  type Warehouse,
} from '@etl/warehouse';
import { UnrecoverableError } from 'bullmq';
import { type BatchDelivery, BatchHeld, type BatchRunner, WorkerStopping } from './delivery.ts';
import { retryTransient } from './retry-transient.ts';

/** By then the reconciler has put the merge behind its batches, or these have completed. */
const EARLY_MERGE_WAITS_MS = 1000;

/**
 * Records a failed attempt. Throws the error that tells the queue what to do with the job. Returns if the batch is
 * finished after all.
 */
export async function recordFailure(
  runner: BatchRunner,
  { isLastAttempt }: BatchDelivery,
  claim: Claim,
  error: Error,
): Promise<void> {
  const { warehouse, stopping, log, onOutcome } = runner;
  if (error instanceof ClaimLost) return settleLostClaim(runner, claim, error);
  const isReleased = (why: string | null) => retryTransient(() => releaseBatch(warehouse, claim, why), log);
  if (stopping.aborted && (await isReleased(null))) {
    log.info('batch released, the worker stops');
    onOutcome?.({ kind: 'handed_back' });
    throw new WorkerStopping();
  }
  if ((await retryTransient(() => isEarlyMerge(error, warehouse, claim), log)) && (await isReleased(null))) {
    log.warn('merge dequeued before its prerequisites finished, waiting');
    onOutcome?.({ kind: 'held' });
    throw new BatchHeld(EARLY_MERGE_WAITS_MS);
  }
  const failure = failureOf(error);
  if (isTransient(error) && !isLastAttempt) {
    if (!(await isReleased(failure.why))) return settleLostClaim(runner, claim, error);
    onOutcome?.({ kind: 'retried' });
    log.warn({ err: error }, 'attempt failed, another one follows');
    throw error;
  }
  if (!(await retryTransient(() => failBatch(warehouse, claim, failure), log))) {
    return settleLostClaim(runner, claim, error);
  }
  onOutcome?.({ kind: 'failed' });
  log.error({ err: error }, 'batch failed');
  throw new UnrecoverableError(failure.why);
}

/** Does what the row says, which another process has changed since. */
async function settleLostClaim(
  { warehouse, leaseSeconds, log, onOutcome }: BatchRunner,
  claim: Claim,
  error: Error,
): Promise<void> {
  onOutcome?.({ kind: 'lost' });
  const fate = await retryTransient(() => fateOf(warehouse, claim), log);
  if (fate.kind === 'finished') {
    log.info('batch is completed already');
    return;
  }
  if (fate.kind === 'failed') {
    log.warn({ why: fate.why }, 'batch ended by another process');
    throw new UnrecoverableError(fate.why);
  }
  log.warn({ err: error }, 'claim lost, another worker takes the batch');
  throw new BatchHeld(leaseSeconds * 1000);
}

/**
 * Whether a merge was dequeued while a counting batch of its run is queued or in progress. That happens if the job
 * it waits for was removed from the queue.
 */
async function isEarlyMerge(error: Error, warehouse: Warehouse, { runId }: Claim): Promise<boolean> {
  if (!(error instanceof EtlError) || error.code !== 'ETL_PREREQUISITES_MISSING') return false;
  return isCounting(warehouse, runId);
}

/**
 * A documented error: its code and message. Any other error: its message, the database's error code, and what to
 * do.
 */
function failureOf(error: Error): Failure {
  if (error instanceof EtlError) {
    const { code, message } = error;
    return { code, why: code === 'SOURCE_PURGED' ? `${code}: ${message}` : message };
  }
  const { code } = error as { code?: string };
  const advice = adviceFor(error);
  const why = [code ? `${error.message} (${code})` : error.message, advice && `. ${advice}`].join('');
  return { code: 'ERROR', why };
}
