import { setTimeout as sleep } from 'node:timers/promises';
import { lockName } from '@etl/core';
import { sql } from 'kysely';
import type { Source } from './source.ts';

/** The first and the longest pause between two attempts to take a slot. */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 250;

/** A large day takes seconds. A longer wait is logged. */
const LONG_WAIT_MS = 30_000;

/**
 * Runs `work` while this session holds one of the source's slots. All workers share the slots: `slots` sessions read
 * at once, and the others wait. Throws the signal's reason if it aborts while waiting.
 *
 * A slot is a lock of the session on Moodle's server (GET_LOCK needs no right). The server frees it when the session
 * and its statement have ended, and it ends the session of a suspended process.
 */
export async function withSlot<T>(session: Source, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    await takeSlot(session, signal);
    session.slotsHeld.count += 1;
    try {
      return await work();
    } finally {
      session.slotsHeld.count -= 1;
    }
  } finally {
    await releaseSlot(session);
  }
}

async function takeSlot(session: Source, signal: AbortSignal): Promise<void> {
  let pause = FIRST_PAUSE_MS;
  let quietUntil = performance.now() + LONG_WAIT_MS;
  signal.throwIfAborted();
  while (!(await takeFreeSlot(session))) {
    // Jitter: waiting sessions must not retry in step.
    await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
    if (performance.now() > quietUntil) {
      session.log.warn({ slots: session.limits.slots }, 'all source slots are taken, waiting');
      quietUntil = performance.now() + LONG_WAIT_MS;
    }
  }
  signal.throwIfAborted();
}

/** Takes a slot if one is free. It cannot be cancelled, because it would be unknown whether the session has a slot. */
async function takeFreeSlot(session: Source): Promise<boolean> {
  // CASE stops at the first lock that it gets, so a session never has two.
  const tries = locksOf(session).map((lock) => sql`WHEN GET_LOCK(${lock}, 0) = 1 THEN 1`);
  const { rows } = await sql<{
    got: number;
  }>`SELECT CASE ${sql.join(tries, sql` `)} ELSE 0 END AS got`.execute(session.db);
  return rows[0]?.got === 1;
}

/** Releases the slot of this session. RELEASE_LOCK does not touch the locks of other sessions. */
async function releaseSlot(session: Source): Promise<void> {
  const locks = locksOf(session).map((lock) => sql`RELEASE_LOCK(${lock})`);
  const release = () => sql`DO ${sql.join(locks)}`.execute(session.db);
  // Retried once, in case it was interrupted. If it fails again, the session is lost and its slot is free.
  await release().catch(() => release().catch(() => {}));
}

function locksOf({ limits }: Source) {
  return Array.from({ length: limits.slots }, (_, index) => lockName(`etl source ${index + 1}`));
}
