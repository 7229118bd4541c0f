import { asError, dayOf } from '@etl/core';
import {
  type BatchResult,
  type Claim,
  claimBatch,
  finishBatch,
  inTransaction,
  lockClaim,
} from '@etl/warehouse';
import { UnrecoverableError } from 'bullmq';
import { type BatchDelivery, BatchHeld, type BatchRunner } from './delivery.ts';
import { keepLease } from './lease.ts';
import { recordFailure } from './record-failure.ts';
import { retryTransient } from './retry-transient.ts';

/** Long enough for a worker with the stored settings to claim the batch. */
const OTHER_SETTINGS_WAIT_MS = 1000;

/**
 * Runs the batch of a delivered job. Claims its row, keeps the lease while the handler prepares the load, then
 * loads and finishes the row in one transaction. Records a failed attempt: the row is queued again if another
 * attempt follows, else failed. Throws the error that the queue needs: BatchHeld, WorkerStopping, an
 * UnrecoverableError if another attempt cannot help, or the error itself.
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
      log.info('batch is completed already');
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
        .catch((error: unknown) => log.warn({ err: error }, 'work after the batch failed'));
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
        schedulerId: claim.schedulerId,
        fence: claim.fence,
        startedAt: claim.startedAt,
        force: claim.details.force ?? false,
      },
      {
        signal: AbortSignal.any([lease.lost, stopping]),
        progress: lease.progress,
      },
    );
  } finally {
    // From here on the row's lock excludes other processes. A heartbeat would only wait for it.
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
  prepared.committed?.();
  const durationMs = Math.round(performance.now() - began);
  log.info({ ...prepared.findings, durationMs }, 'batch completed');
  onOutcome?.({ kind: 'completed', seconds: durationMs / 1000, findings: prepared.findings });
}
