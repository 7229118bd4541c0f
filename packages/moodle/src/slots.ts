import { setTimeout as sleep } from 'node:timers/promises';
import { lockName } from '@etl/core';
import { sql } from 'kysely';
import type { Source } from './source.ts';

/** The first and the longest pause between two attempts to take a slot. */
const LOOK_AGAIN_MS = 25;
const LONGEST_PAUSE_MS = 250;

/** Other work on the source, a large day or a backfill, takes seconds; what takes longer is worth a line in the log. */
const LONG_WAIT_MS = 30_000;

/**
 * Runs `work` while this session holds one of the source's slots, which all workers share: as many sessions as `slots` says read at
 * once, and the others wait. A slot is a lock of the session on Moodle's own server (GET_LOCK needs no right), so that it is free
 * again as soon as the session is gone, and not before its statement is. A session whose process stands still is ended by the
 * server. Throws the signal's reason where that aborts while waiting.
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
    await giveBack(session);
  }
}

async function takeSlot(session: Source, signal: AbortSignal): Promise<void> {
  let pause = LOOK_AGAIN_MS;
  let silentUntil = performance.now() + LONG_WAIT_MS;
  signal.throwIfAborted();
  while (!(await takeFreeSlot(session))) {
    // Not in step with the others that wait.
    await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS);
    if (performance.now() > silentUntil) {
      session.log.warn({ slots: session.limits.slots }, 'waiting for others to have read the source');
      silentUntil = performance.now() + LONG_WAIT_MS;
    }
  }
  signal.throwIfAborted();
}

/** Whether there was a free one. Not to be cancelled: nobody would know whether it was taken. */
async function takeFreeSlot(session: Source): Promise<boolean> {
  // A CASE ends with the first that holds: no session ever has two.
  const tries = locksOf(session).map((lock) => sql`WHEN GET_LOCK(${lock}, 0) = 1 THEN 1`);
  const { rows } = await sql<{
    got: number;
  }>`SELECT CASE ${sql.join(tries, sql` `)} ELSE 0 END AS got`.execute(session.db);
  return rows[0]?.got === 1;
}

/** Gives back whichever slot the session has. What is not its own is not touched. */
async function giveBack(session: Source): Promise<void> {
  const locks = locksOf(session).map((lock) => sql`RELEASE_LOCK(${lock})`);
  const release = () => sql`DO ${sql.join(locks)}`.execute(session.db);
  // Once more where it was interrupted. Else the session is lost, and the slot with it.
  await release().catch(() => release().catch(() => {}));
}

function locksOf({ limits }: Source) {
  return Array.from({ length: limits.slots }, (_, index) => lockName(`etl source ${index + 1}`));
}
