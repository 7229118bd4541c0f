import { setTimeout as sleep } from 'node:timers/promises';
import { asError, type Day, dayOf, EtlError, isPassing, type JobPayload, type Logger } from '@etl/core';
import {
  type BatchFindings,
  type Claim,
  ClaimLost,
  claimBatch,
  failBatch,
  finishBatch,
  handBack,
  inTransaction,
  lockClaim,
  recordProgress,
  type Warehouse,
  type WarehouseTransaction,
} from '@etl/warehouse';
import { UnrecoverableError } from 'bullmq';

/** The work of a batch, as this room sees it: prepare, and say how to load. */
export type BatchHandler = (
  input: { day: Day; runId: string; startedAt: number },
  tools: { signal: AbortSignal; progress(offset: number, numrow: number): Promise<void> },
) => Promise<PreparedBatch>;

export interface PreparedBatch {
  numrow: number;
  findings: BatchFindings;
  load(trx: WarehouseTransaction): Promise<void>;
}

/** One delivery of a batch's job. */
export interface BatchDelivery {
  payload: JobPayload;
  /** The queue will not deliver it again if it fails. */
  isLastAttempt: boolean;
  /** Aborts when the queue takes the job away from us. */
  signal: AbortSignal;
}

export interface BatchRunner {
  warehouse: Warehouse;
  handler: BatchHandler;
  /** How long a claim holds without being renewed, in seconds. */
  leaseSeconds: number;
  log: Logger;
}

/**
 * Works a job off: claims its row, keeps the lease while the handler prepares, loads and finishes the row in one
 * transaction. What fails is recorded: queued again where another attempt follows, failed otherwise. Throws what the queue
 * needs to see: an UnrecoverableError where another attempt would not help.
 */
export async function runBatch(runner: BatchRunner, delivery: BatchDelivery): Promise<void> {
  const { warehouse, leaseSeconds, log } = runner;
  const { payload } = delivery;
  const outcome = await insistently(
    () => claimBatch(warehouse, payload.scheduler_id, leaseSeconds),
    delivery,
    log,
  );
  if (outcome.kind === 'completed') {
    log.info('batch was completed before');
    return;
  }
  if (outcome.kind === 'refused') {
    log.warn({ code: outcome.error.code }, `batch not run: ${outcome.error.message}`);
    throw new UnrecoverableError(outcome.error.message);
  }
  const { claim } = outcome;
  log.info({ fence: claim.fence }, 'batch started');
  try {
    await attempt(runner, delivery, claim);
  } catch (thrown) {
    throw await recordFailure(runner, delivery, claim, asError(thrown));
  }
}

async function attempt(runner: BatchRunner, { payload, signal }: BatchDelivery, claim: Claim): Promise<void> {
  const { warehouse, handler, leaseSeconds, log } = runner;
  const began = performance.now();
  const lease = keepLease(runner, claim);
  let prepared: PreparedBatch;
  try {
    prepared = await handler(
      {
        day: dayOf(payload.extraction_date, payload.time_zone),
        runId: payload.run_id,
        startedAt: claim.startedAt,
      },
      {
        signal: AbortSignal.any([signal, lease.lost]),
        progress: (offset, numrow) => recordProgress(warehouse, claim, { offset, numrow }, leaseSeconds),
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
  log.info({ ...prepared.findings, durationMs: Math.round(performance.now() - began) }, 'batch completed');
}

/** Renews the lease three times within its length; `lost` aborts when somebody else has claimed the row. */
function keepLease({ warehouse, leaseSeconds, log }: BatchRunner, claim: Claim) {
  const lost = new AbortController();
  let renewing = false;
  const renew = async () => {
    if (renewing) return;
    renewing = true;
    try {
      await recordProgress(warehouse, claim, undefined, leaseSeconds);
    } catch (error) {
      if (error instanceof ClaimLost) lost.abort(error);
      else log.warn({ err: error }, 'lease not renewed');
    } finally {
      renewing = false;
    }
  };
  const timer = setInterval(renew, (leaseSeconds * 1000) / 3);
  return { lost: lost.signal, stop: () => clearInterval(timer) };
}

/** Writes down why the attempt failed, and returns what the queue is to be told. */
async function recordFailure(
  { warehouse, log }: BatchRunner,
  delivery: BatchDelivery,
  claim: Claim,
  error: Error,
): Promise<Error> {
  if (error instanceof ClaimLost || delivery.signal.aborted) {
    log.warn('batch given up: another worker has taken it over');
    return new UnrecoverableError('Another worker has taken it over');
  }
  const why = explain(error);
  if (isPassing(error) && !delivery.isLastAttempt) {
    log.warn({ err: error }, 'attempt failed, another follows');
    await insistently(() => handBack(warehouse, claim, why), delivery, log);
    return error;
  }
  log.error({ err: error }, 'batch failed');
  await insistently(() => failBatch(warehouse, claim, why), delivery, log);
  return new UnrecoverableError(why);
}

/** For `error_details`: the contract's own words, or what the database said with its code. */
function explain(error: Error): string {
  if (error instanceof EtlError) return error.message;
  const { code } = error as { code?: string };
  return code ? `${error.message} (${code})` : error.message;
}

/** Between tries to reach a warehouse that is away. */
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5000;

/**
 * Does what must be written to the warehouse, however long that is away: a state that could not be recorded would be lost with
 * the job. Ends with the last error when the queue takes the job away.
 */
async function insistently<T>(write: () => Promise<T>, { signal }: BatchDelivery, log: Logger): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await write();
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error;
      log.warn({ err: error }, 'warehouse is away, trying again');
      await sleep(pause, undefined, { signal }).catch(() => {});
    }
  }
}
