import { randomUUID } from 'node:crypto';
import { asError, type Logger } from '@etl/core';
import type { Alert, AlertStore, Look } from './alert.ts';

export interface Settlement {
  looks: readonly Look[];
  /** What is kept in any of the stores. */
  known: ReadonlyMap<string, Alert>;
  /** Those that other processes have as well: each keeps all alerts. One that takes nothing is as good as away. */
  shared: readonly AlertStore[];
  /** For what none of them takes. */
  own: AlertStore;
  /** Whether no shared store is away: what is over may only then be forgotten, or that one would bring it back. */
  areAll: boolean;
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
export async function settle(settlement: Settlement): Promise<void> {
  const { looks, shared, own, areAll, deliver, calmMs, now, log } = settlement;
  const known = new Map(settlement.known);
  const takers = new Set(shared);
  const keep = async (alert: Alert) => {
    const changed = { ...alert, changedAt: now };
    known.set(alert.cause, changed);
    for (const store of takers) {
      await store.put(changed).catch((error: unknown) => {
        log.debug({ err: asError(error) }, 'alerts cannot be kept here');
        takers.delete(store);
      });
    }
    // Somebody must know what was told, or it would be told at every round.
    if (takers.size === 0) await own.put(changed);
    else await own.remove(alert.cause);
  };
  for (const look of looks) {
    const before = known.get(look.cause);
    const alert = afterLook(look, before, calmMs, now);
    if (!alert) continue;
    await keep(alert);
    if (alert.id !== before?.id) log.warn({ cause: alert.cause, why: alert.message }, 'alert');
    if (alert.resolvedAt === now) log.info({ cause: alert.cause }, 'alert is over');
  }
  for (const alert of [...known.values()]) {
    const due = dueOf(alert);
    if (due === undefined || alert.nextTryAt > now) continue;
    try {
      await deliver(due === 'opened' ? { ...alert, resolvedAt: null } : alert);
    } catch (error) {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** alert.tries, LONGEST_PAUSE_MS);
      await keep({ ...alert, tries: alert.tries + 1, nextTryAt: now + pause });
      log.warn(
        { cause: alert.cause, err: asError(error) },
        'alert could not be delivered, trying again later',
      );
      // The receiver is away: the others wait, and so does nobody for us.
      break;
    }
    await keep({ ...alert, told: due, tries: 0, nextTryAt: now });
  }
  if (!areAll || takers.size < shared.length) return;
  for (const { cause } of [...known.values()].filter(isOver)) {
    for (const store of [...shared, own]) await store.remove(cause);
  }
}

/** The alerts that are kept in any of these, by their causes. */
export async function newestOf(
  stores: readonly AlertStore[],
  log: Logger,
): Promise<ReadonlyMap<string, Alert>> {
  const known = new Map<string, Alert>();
  for (const store of stores) {
    const alerts = await store.all().catch((error: unknown) => {
      log.debug({ err: asError(error) }, 'alerts cannot be read here');
      return [];
    });
    for (const alert of alerts) {
      const other = known.get(alert.cause);
      if (!other || other.changedAt < alert.changedAt) known.set(alert.cause, alert);
    }
  }
  return known;
}

/** Told from its beginning to its end. */
function isOver({ told }: Alert): boolean {
  return told === 'resolved';
}

/** The alert as it is after a look; undefined where nothing is to be kept of it. */
function afterLook(look: Look, before: Alert | undefined, calmMs: number, now: number): Alert | undefined {
  if (look.isThere) {
    const { cause, message, dates } = look;
    // What was over for a moment, and nobody was told, has never ended.
    if (before && !isOver(before))
      return { ...before, seenAt: now, resolvedAt: null, ...(dates && { dates }) };
    return {
      ...{ id: randomUUID(), cause, message, openedAt: now, seenAt: now, changedAt: now, resolvedAt: null },
      ...{ told: 'nothing', tries: 0, nextTryAt: now, ...(dates && { dates }) },
    };
  }
  if (!before || before.resolvedAt !== null || now - before.seenAt < calmMs) return undefined;
  return { ...before, resolvedAt: now, tries: 0, nextTryAt: now };
}

/** What is to be delivered next: the end of an alert after its beginning, also where both were while the receiver was away. */
function dueOf({ told, resolvedAt }: Alert): 'opened' | 'resolved' | undefined {
  if (told === 'nothing') return 'opened';
  return told === 'opened' && resolvedAt !== null ? 'resolved' : undefined;
}
