import { asError, type Logger } from '@etl/core';
import type { Alert, Check } from './alert.ts';
import type { AlertStore } from './store.ts';
import { afterCheck, afterDelivery, afterFailedDelivery, nextMessage } from './transitions.ts';

export interface Settlement {
  checks: readonly Check[];
  /** The alerts that the store has, by their causes. */
  known: ReadonlyMap<string, Alert>;
  store: Pick<AlertStore, 'put' | 'remove'>;
  /** Throws if the receiver did not accept the message. */
  deliver(alert: Alert): Promise<void>;
  clearAfterMs: number;
  now: number;
  log: Logger;
}

/** Fires and resolves alerts by what the checks found. Delivers the messages that are due. One process at a time. */
export async function settle(settlement: Settlement): Promise<void> {
  const { checks, store, deliver, now, log } = settlement;
  const known = new Map(settlement.known);
  /** An alert that the store refuses is not known here: another process keeps it and delivers its messages. */
  const keep = async (alert: Alert) => {
    const isKept = await store.put(alert);
    if (isKept) known.set(alert.cause, alert);
    else known.delete(alert.cause);
    return isKept;
  };
  for (const check of checks) {
    const before = known.get(check.cause);
    const alert = afterCheck(check, before, settlement);
    if (!alert || !(await keep(alert))) continue;
    if (alert.id !== before?.id) log.warn({ cause: alert.cause, why: alert.message }, 'alert fired');
    if (alert.resolvedAt === now) log.info({ cause: alert.cause }, 'alert resolved');
  }
  for (const alert of [...known.values()]) {
    const message = nextMessage(alert);
    if (message === undefined || alert.nextTryAt > now) continue;
    // Kept as failed before the attempt: a process that cannot keep the outcome must not deliver in every round.
    if (!(await keep(afterFailedDelivery(alert, now)))) continue;
    try {
      await deliver(message === 'opened' ? { ...alert, resolvedAt: null } : alert);
    } catch (error) {
      log.warn({ cause: alert.cause, err: asError(error) }, 'alert not delivered, retrying later');
      // The receiver is unreachable. The other messages wait too, so that this process does not wait for each of them.
      break;
    }
    await keep(afterDelivery(alert, message, now));
  }
  for (const { cause, notified } of known.values()) if (notified === 'resolved') await store.remove(cause);
}
