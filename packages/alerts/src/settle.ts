import { randomUUID } from 'node:crypto';
import { asError, type Logger } from '@etl/core';
import type { Alert, AlertStore, Look } from './alert.ts';

export interface Settlement {
  looks: readonly Look[];
  /** The first is where new alerts go; what the others know still counts. */
  stores: readonly [AlertStore, ...AlertStore[]];
  /** Throws where it was not taken. */
  deliver(alert: Alert): Promise<void>;
  /** How long nobody may have seen a cause before it is over: processes see different parts. */
  calmMs: number;
  now: number;
  log: Logger;
}

const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** Opens and ends alerts by what the looks say, and delivers what has not been delivered. One process at a time. */
export async function settle({ looks, stores, deliver, calmMs, now, log }: Settlement): Promise<void> {
  const known = new Map<string, { alert: Alert; store: AlertStore }>();
  for (const store of stores) {
    for (const alert of await store.all()) {
      if (!known.has(alert.cause)) known.set(alert.cause, { alert, store });
    }
  }
  for (const look of looks) {
    const before = known.get(look.cause);
    const alert = afterLook(look, before?.alert, calmMs, now);
    if (!alert) continue;
    const store = before?.store ?? stores[0];
    await store.put(alert);
    known.set(look.cause, { alert, store });
    if (!before) log.warn({ cause: alert.cause, why: alert.message }, 'alert');
    if (alert.resolvedAt === now) log.info({ cause: alert.cause }, 'alert is over');
  }
  for (const { alert, store } of known.values()) {
    const due = dueOf(alert);
    if (due === undefined || alert.nextTryAt > now) continue;
    try {
      await deliver(alert.told === 'nothing' ? { ...alert, resolvedAt: null } : alert);
    } catch (error) {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** alert.tries, LONGEST_PAUSE_MS);
      await store.put({ ...alert, tries: alert.tries + 1, nextTryAt: now + pause });
      log.warn(
        { cause: alert.cause, err: asError(error) },
        'alert could not be delivered, trying again later',
      );
      // The receiver is away: the others wait, and so does nobody for us.
      break;
    }
    if (due === 'resolved') await store.remove(alert.cause);
    else await store.put({ ...alert, told: due, tries: 0, nextTryAt: now });
  }
}

/** The alert as it is after a look; undefined where nothing is to be kept of it. */
function afterLook(look: Look, before: Alert | undefined, calmMs: number, now: number): Alert | undefined {
  if (look.isThere) {
    const { cause, message, dates } = look;
    // What was over for a moment, and nobody was told, has never ended.
    if (before) return { ...before, seenAt: now, resolvedAt: null, ...(dates && { dates }) };
    return {
      ...{ id: randomUUID(), cause, message, openedAt: now, seenAt: now, resolvedAt: null },
      ...{ told: 'nothing', tries: 0, nextTryAt: now, ...(dates && { dates }) },
    };
  }
  if (!before || before.resolvedAt !== null || now - before.seenAt < calmMs) return undefined;
  return { ...before, resolvedAt: now, tries: 0, nextTryAt: now };
}

/** What is to be delivered next: the end of an alert after its beginning, also where both were while the receiver was away. */
function dueOf({ told, resolvedAt }: Alert): 'opened' | 'resolved' | undefined {
  if (told === 'nothing') return 'opened';
  return resolvedAt === null ? undefined : 'resolved';
}
