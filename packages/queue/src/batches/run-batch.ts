import { setTimeout as sleep } from 'node:timers/promises';
import {
  adviceFor,
  asError,
  type Batch,
  dayOf,
  EtlError,
  type FigureSettings,
  isTransient,
  type Logger,
  untraced,
} from '@etl/core';
import {
  type BatchFindings,
  type BatchHandler,
  type BatchResult,
  type Claim,
  ClaimLost,
  claimBatch,
  type Failure,
  failBatch,
  fateOf,
  finishBatch,
  inTransaction,
  isCounting,
  lockClaim,
  releaseBatch,
  renewLease,
  type Warehouse,
} from '@etl/warehouse';
import { UnrecoverableError } from 'bullmq';

/** One delivery of a batch's job. */
export interface BatchDelivery {
  schedulerId: number;
  runId: string;
  /** The queue will not deliver it again if it fails. */
  isLastAttempt: boolean;
}

/** How a delivery has ended. `retried`: another attempt follows. `lost`: the row is no longer this worker's. */
export type BatchOutcome =
  | { kind: 'completed'; seconds: number; findings: BatchFindings }
  | { kind: 'failed' | 'retried' | 'handed_back' | 'held' | 'refused' | 'lost' };

export interface BatchRunner {
  batch: Batch;
  warehouse: Warehouse;
  handler: BatchHandler;
  /** What figures mean to this worker: it takes nothing if the stored settings differ. */
  settings: FigureSettings;
  /** How long a claim holds without being renewed, in seconds. */
  leaseSeconds: number;
  /** In place of the database's clock, which decides whether a run may still start. */
  now?: () => Date;
  /** Aborts when the process must stop: what is not finished then is handed back. */
  stopping: AbortSignal;
  /** Is told how each delivery has ended: for whoever counts. */
  onOutcome?: (outcome: BatchOutcome) => void;
  /** What follows a batch that has completed; its failure changes nothing about the batch. */
  afterwards?: () => Promise<void>;
  log: Logger;
}

/** Another worker holds the row at this moment: the job is to be delivered again, without using up an attempt. */
export class BatchHeld extends Error {
  override name = 'BatchHeld';
  readonly retryInMs: number;

  constructor(retryInMs: number) {
    super('Another worker is at it');
    this.retryInMs = retryInMs;
  }
}

/** The process stops, and the batch was put back to queued: another worker is to have the job, without an attempt being used up. */
export class WorkerStopping extends Error {
  override name = 'WorkerStopping';
}

/**
 * Works a job off: claims its row, keeps the lease while the handler prepares, loads and finishes the row in one
 * transaction. What fails is recorded: queued again where another attempt follows, failed otherwise. Throws what the queue
 * needs to see: BatchHeld, WorkerStopping, an UnrecoverableError where another attempt would not help, or the error itself.
 */
export async function runBatch(runner: BatchRunner, delivery: BatchDelivery): Promise<void> {
  const { batch, warehouse, leaseSeconds, log, onOutcome } = runner;
  const outcome = await retryTransient(
    () =>
      claimBatch(warehouse, { ...delivery, batch, settings: runner.settings }, leaseSeconds, runner.now?.()),
    log,
  );
  switch (outcome.kind) {
    case 'completed':
      log.info('batch was completed before');
      return;
    case 'held':
      log.info({ retryInMs: outcome.retryInMs }, 'batch is held by another worker');
      onOutcome?.({ kind: 'held' });
      throw new BatchHeld(outcome.retryInMs);
    case 'settings_differ':
      log.error({ why: outcome.why }, 'batch left to other workers');
      onOutcome?.({ kind: 'held' });
      throw new BatchHeld(OTHER_SETTINGS_WAIT_MS);
    case 'refused':
      onOutcome?.({ kind: 'refused' });
      log.warn({ why: outcome.why }, 'batch not run');
      throw new UnrecoverableError(outcome.why);
    case 'claimed':
      log.info({ fence: outcome.claim.fence }, 'batch started');
      try {
        await attempt(runner, outcome.claim);
      } catch (thrown) {
        await recordFailure(runner, delivery, outcome.claim, asError(thrown));
        return;
      }
      await runner
        .afterwards?.()
        .catch((error: unknown) => log.warn({ err: error }, 'what follows the batch has failed'));
  }
}

async function attempt(
  { warehouse, handler, leaseSeconds, stopping, log, onOutcome }: BatchRunner,
  claim: Claim,
): Promise<void> {
  const began = performance.now();
  const lease = keepLease(warehouse, claim, leaseSeconds, log);
  let prepared: BatchResult;
  try {
    prepared = await handler(
      {
        day: dayOf(claim.date, claim.details.time_zone),
        runId: claim.runId,
        startedAt: claim.startedAt,
        force: claim.details.force ?? false,
      },
      {
        signal: AbortSignal.any([lease.lost, stopping]),
        progress: (offset, numrow) => renewLease(warehouse, claim, { offset, numrow }, leaseSeconds),
      },
    );
  } finally {
    // From here on the row's lock keeps others away, and a heartbeat would only wait for it.
    lease.stop();
  }
  await inTransaction(warehouse, async (trx) => {
    await lockClaim(trx, claim);
    await prepared.load(trx);
    await finishBatch(trx, claim, {
      numrow: prepared.numrow,
      findings: { ...prepared.findings, duration_ms: Math.round(performance.now() - began) },
    });
  });
  const durationMs = Math.round(performance.now() - began);
  log.info({ ...prepared.findings, durationMs }, 'batch completed');
  onOutcome?.({ kind: 'completed', seconds: durationMs / 1000, findings: prepared.findings });
}

/** Often enough that a run which somebody cancels does not go on loading the source for long. */
const LONGEST_HEARTBEAT_MS = 1000;

/**
 * Renews the lease, three times within its length at least; `lost` aborts when the row is no longer this worker's: another one has
 * claimed it, or somebody has cancelled the run.
 */
function keepLease(warehouse: Warehouse, claim: Claim, leaseSeconds: number, log: Logger) {
  const lost = new AbortController();
  let renewing = false;
  const renew = async () => {
    if (renewing) return;
    renewing = true;
    try {
      await renewLease(warehouse, claim, undefined, leaseSeconds);
    } catch (error) {
      if (error instanceof ClaimLost) lost.abort(error);
      else log.warn({ err: error }, 'lease not renewed');
    } finally {
      renewing = false;
    }
  };
  const pause = Math.min((leaseSeconds * 1000) / 3, LONGEST_HEARTBEAT_MS);
  const timer = untraced(() => setInterval(renew, pause));
  return { lost: lost.signal, stop: () => clearInterval(timer) };
}

/** Writes down why the attempt failed, and throws what the queue is to be told. Returns where the batch is finished after all. */
async function recordFailure(
  { warehouse, leaseSeconds, stopping, log, onOutcome }: BatchRunner,
  { isLastAttempt }: BatchDelivery,
  claim: Claim,
  error: Error,
): Promise<void> {
  const isOurs = !(error instanceof ClaimLost);
  if (isOurs && stopping.aborted && (await retryTransient(() => releaseBatch(warehouse, claim, null), log))) {
    log.info('batch handed back');
    onOutcome?.({ kind: 'handed_back' });
    throw new WorkerStopping();
  }
  if (
    isOurs &&
    (await retryTransient(() => isEarlyMerge(error, warehouse, claim), log)) &&
    (await retryTransient(() => releaseBatch(warehouse, claim, null), log))
  ) {
    log.warn('merge was let loose before its batches had completed: it waits');
    onOutcome?.({ kind: 'held' });
    throw new BatchHeld(EARLY_MERGE_WAITS_MS);
  }
  const failure = failureOf(error);
  const anotherFollows = isTransient(error) && !isLastAttempt;
  const record = () =>
    anotherFollows ? releaseBatch(warehouse, claim, failure.why) : failBatch(warehouse, claim, failure);
  if (isOurs && (await retryTransient(record, log))) {
    onOutcome?.({ kind: anotherFollows ? 'retried' : 'failed' });
    if (anotherFollows) {
      log.warn({ err: error }, 'attempt failed, another follows');
      throw error;
    }
    log.error({ err: error }, 'batch failed');
    throw new UnrecoverableError(failure.why);
  }
  // The row is no longer ours to write.
  onOutcome?.({ kind: 'lost' });
  const fate = await retryTransient(() => fateOf(warehouse, claim), log);
  if (fate.kind === 'finished') {
    log.info('batch was completed, although this worker was not told');
    return;
  }
  if (fate.kind === 'failed') {
    log.warn({ why: fate.why }, 'batch given up');
    throw new UnrecoverableError(fate.why);
  }
  log.warn({ err: error }, 'batch given up: another worker has taken it over');
  throw new BatchHeld(leaseSeconds * 1000);
}

/** Long enough for a worker with the stored settings to take it. */
const OTHER_SETTINGS_WAIT_MS = 1000;

/** The caretaker puts it back behind its batches meanwhile, or they have completed by then. */
const EARLY_MERGE_WAITS_MS = 1000;

/** A merge whose run still counts: somebody has removed the jobs that it was waiting for, while their rows are queued or in progress. */
async function isEarlyMerge(error: Error, warehouse: Warehouse, { runId }: Claim): Promise<boolean> {
  if (!(error instanceof EtlError) || error.code !== 'ETL_PREREQUISITES_MISSING') return false;
  return isCounting(warehouse, runId);
}

/** A documented error as its code and message; any other as the database's words, its code, and what to do. */
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

/** Between tries to reach a warehouse that is away. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/**
 * Does what must be written to the warehouse, however long that is away: a state that could not be recorded would be lost with
 * the job.
 */
async function retryTransient<T>(write: () => Promise<T>, log: Logger): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await write();
    } catch (error) {
      if (!isTransient(error)) throw error;
      log.warn({ err: error }, 'warehouse is away, trying again');
      await sleep(pause);
    }
  }
}
