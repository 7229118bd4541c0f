import { type Logger, untraced } from '@etl/core';
import { type Claim, ClaimLost, renewLease, type Warehouse } from '@etl/warehouse';

/** So short that a cancelled run soon stops reading the source. */
const LONGEST_HEARTBEAT_MS = 1000;

/**
 * Sends heartbeats: renews the lease at least three times within its length. `lost` aborts when the claim is lost,
 * because another worker has claimed the row or the run was cancelled.
 */
export function keepLease(warehouse: Warehouse, claim: Claim, leaseSeconds: number, log: Logger) {
  const lost = new AbortController();
  let isRenewing = false;
  const renew = async () => {
    if (isRenewing) return;
    isRenewing = true;
    try {
      await renewLease(warehouse, claim, undefined, leaseSeconds);
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
  return { lost: lost.signal, stop: () => clearInterval(timer) };
}
