import { type Logger, untraced } from '@etl/core';
import { type BatchControl, type Claim, ClaimLost, renewLease, type Warehouse } from '@etl/warehouse';

/** So short that a cancelled run soon stops reading the source. */
const LONGEST_HEARTBEAT_MS = 1000;

/** Readers look once a second at most. A day of a few slices writes no progress between its claim and its end. */
const PROGRESS_PAUSE_MS = 500;

export interface Lease {
  /** Aborts when the claim is lost, because another worker has claimed the row or the run was cancelled. */
  lost: AbortSignal;
  /**
   * Records progress: at once if the last write is half a second ago, else with the next heartbeat. Throws ClaimLost.
   */
  progress: BatchControl['progress'];
  stop(): void;
}

/** Sends heartbeats: renews the lease at least three times within its length. They carry the newest progress. */
export function keepLease(warehouse: Warehouse, claim: Claim, leaseSeconds: number, log: Logger): Lease {
  const lost = new AbortController();
  let reported: { offset: number; numrow: number } | undefined;
  // The claim is a write.
  let writtenAt = performance.now();
  const write = async () => {
    writtenAt = performance.now();
    await renewLease(warehouse, claim, reported, leaseSeconds);
  };
  let isRenewing = false;
  const renew = async () => {
    if (isRenewing) return;
    isRenewing = true;
    try {
      await write();
    } catch (error) {
      if (error instanceof ClaimLost) lost.abort(error);
      else log.warn({ err: error }, 'lease not renewed');
    } finally {
      isRenewing = false;
    }
  };
  const pause = Math.min((leaseSeconds * 1000) / 3, LONGEST_HEARTBEAT_MS);
  // Heartbeats are not traced.
  const timer = untraced(() => setInterval(renew, pause));
  return {
    lost: lost.signal,
    progress: async (offset, numrow) => {
      lost.signal.throwIfAborted();
      reported = { offset, numrow };
      if (performance.now() - writtenAt >= PROGRESS_PAUSE_MS) await write();
    },
    stop: () => clearInterval(timer),
  };
}
