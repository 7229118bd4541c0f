import { randomUUID } from 'node:crypto';
import type { Alert, Check } from './alert.ts';

const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 5 * 60_000;

/**
 * The alert after a check. Undefined if nothing changes. An alert is resolved when no process has found its cause
 * firing for `clearAfterMs`: each process sees only a part of the system.
 */
export function afterCheck(
  check: Check,
  before: Alert | undefined,
  { now, clearAfterMs }: { now: number; clearAfterMs: number },
): Alert | undefined {
  if (check.isFiring) {
    const { cause, message, dates } = check;
    // If no resolved message was delivered yet, the receiver sees one alert that keeps firing.
    if (before && before.notified !== 'resolved')
      return { ...before, seenAt: now, changedAt: now, resolvedAt: null, ...(dates && { dates }) };
    return {
      ...{ id: randomUUID(), cause, message, openedAt: now, seenAt: now, changedAt: now, resolvedAt: null },
      ...{ notified: 'nothing', tries: 0, nextTryAt: now, ...(dates && { dates }) },
    };
  }
  if (!before || before.resolvedAt !== null || now - before.seenAt < clearAfterMs) return undefined;
  return { ...before, changedAt: now, resolvedAt: now, tries: 0, nextTryAt: now };
}

/** The message to deliver next. `resolved` follows `opened`, even if the receiver was unreachable all the time. */
export function nextMessage({ notified, resolvedAt }: Alert): 'opened' | 'resolved' | undefined {
  if (notified === 'nothing') return 'opened';
  return notified === 'opened' && resolvedAt !== null ? 'resolved' : undefined;
}

/** The pause before the next attempt doubles, up to five minutes. */
export function afterFailedDelivery(alert: Alert, now: number): Alert {
  const pause = Math.min(FIRST_RETRY_MS * 2 ** alert.tries, LONGEST_RETRY_MS);
  return { ...alert, changedAt: now, tries: alert.tries + 1, nextTryAt: now + pause };
}

export function afterDelivery(alert: Alert, message: 'opened' | 'resolved', now: number): Alert {
  return { ...alert, changedAt: now, notified: message, tries: 0, nextTryAt: now };
}
