import { setTimeout as sleep } from 'node:timers/promises';
import { asError, type Batch, type Day, dayOf, EtlError, isPassing, type Logger } from '@etl/core';
import {
  type BatchFindings,
  type Claim,
  ClaimLost,
  claimBatch,
  failBatch,
  finishBatch,
  handBack,
  inTransaction,
  isFinished,
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
  schedulerId: number;
  runId: string;
  /** The queue will not deliver it again if it fails. */
  isLastAttempt: boolean;
}

export interface BatchRunner {
  batch: Batch;
  warehouse: Warehouse;
  handler: BatchHandler;
  /** How long a claim holds without being renewed, in seconds. */
  leaseSeconds: number;
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

/**
 * Works a job off: claims its row, keeps the lease while the handler prepares, loads and finishes the row in one
 * transaction. What fails is recorded: queued again where another attempt follows, failed otherwise. Throws what the queue
 * needs to see: BatchHeld, an UnrecoverableError where another attempt would not help, or the error itself.
 */
export async function runBatch(runner: BatchRunner, delivery: BatchDelivery): Promise<void> {
  const { batch, warehouse, leaseSeconds, log } = runner;
  const outcome = await insistently(() => claimBatch(warehouse, { ...delivery, batch }, leaseSeconds), log);
  switch (outcome.kind) {
    case 'completed':
      log.info('batch was completed before');
      return;
    case 'held':
      log.info({ retryInMs: outcome.retryInMs }, 'batch is held by another worker');
      throw new BatchHeld(outcome.retryInMs);
    case 'refused':
      log.warn({ why: outcome.why }, 'batch not run');
      throw new UnrecoverableError(outcome.why);
    case 'claimed':
      log.info({ fence: outcome.claim.fence }, 'batch started');
      try {
        await attempt(runner, outcome.claim);
      } catch (thrown) {
        await recordFailure(runner, delivery, outcome.claim, asError(thrown));
      }
  }
}

async function attempt({ warehouse, handler, leaseSeconds, log }: BatchRunner, claim: Claim): Promise<void> {
  const began = performance.now();
  const lease = keepLease(warehouse, claim, leaseSeconds, log);
  let prepared: PreparedBatch;
  try {
    prepared = await handler(
      {
        day: dayOf(claim.date, claim.details.time_zone),
        runId: claim.runId,
        startedAt: claim.startedAt,
      },
      {
        signal: lease.lost,
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
function keepLease(warehouse: Warehouse, claim: Claim, leaseSeconds: number, log: Logger) {
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

/** Writes down why the attempt failed, and throws what the queue is to be told. Returns where the batch is finished after all. */
async function recordFailure(
  { warehouse, leaseSeconds, log }: BatchRunner,
  { isLastAttempt }: BatchDelivery,
  claim: Claim,
  error: Error,
): Promise<void> {
  const why = explain(error);
  const anotherFollows = isPassing(error) && !isLastAttempt;
  const record = () => (anotherFollows ? handBack : failBatch)(warehouse, claim, why);
  if (!(error instanceof ClaimLost) && (await insistently(record, log))) {
    if (anotherFollows) {
      log.warn({ err: error }, 'attempt failed, another follows');
      throw error;
    }
    log.error({ err: error }, 'batch failed');
    throw new UnrecoverableError(why);
  }
  // The row is no longer ours to write.
  if (await insistently(() => isFinished(warehouse, claim), log)) {
    log.info('batch was completed, although this worker was not told');
    return;
  }
  log.warn({ err: error }, 'batch given up: another worker has taken it over');
  throw new BatchHeld(leaseSeconds * 1000);
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
 * the job.
 */
async function insistently<T>(write: () => Promise<T>, log: Logger): Promise<T> {
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await write();
    } catch (error) {
      if (!isPassing(error)) throw error;
      log.warn({ err: error }, 'warehouse is away, trying again');
      await sleep(pause);
    }
  }
}
