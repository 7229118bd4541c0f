import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Source } from './source.ts';

/** Between two looks for a free slot. A slice takes some 0.1 s, and looking costs the server next to nothing. */
const LOOK_AGAIN_MS = 25;

/** The same for a session without which the work goes on too: it lets those go first that cannot begin. */
const PATIENT_LOOK_AGAIN_MS = 1000;

/**
 * Runs `work` while this session holds one of the source's slots, which all workers share: as many sessions as `slots` says read at
 * once, and the others wait. A slot is a lock of the session on Moodle's own server (GET_LOCK needs no right), so that it is free
 * again as soon as the session is gone, and not before its statement is. Throws the signal's reason where that aborts while
 * waiting.
 */
export async function withSlot<T>(
  session: Source,
  { signal, patient }: { signal: AbortSignal; patient: boolean },
  work: () => Promise<T>,
): Promise<T> {
  const pause = patient ? PATIENT_LOOK_AGAIN_MS : LOOK_AGAIN_MS;
  signal.throwIfAborted();
  let slot = await takeFreeSlot(session);
  while (slot === 0) {
    // Not in step with the others that wait.
    await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    slot = await takeFreeSlot(session);
  }
  try {
    signal.throwIfAborted();
    return await work();
  } finally {
    // Fails only where the session is lost, and the slot with it.
    await sql`DO RELEASE_LOCK(${lockOf(slot)})`.execute(session.db).catch(() => {});
  }
}

/** The number of the slot that was free, or 0. Not to be cancelled: nobody would know whether the slot was taken. */
async function takeFreeSlot(session: Source): Promise<number> {
  const slots = Array.from({ length: session.limits.slots }, (_, index) => index + 1);
  // A CASE ends with the first that holds: no session ever has two.
  const tries = slots.map((slot) => sql`WHEN GET_LOCK(${lockOf(slot)}, 0) = 1 THEN ${sql.lit(slot)}`);
  const { rows } = await sql<{
    slot: number;
  }>`SELECT CASE ${sql.join(tries, sql` `)} ELSE 0 END AS slot`.execute(session.db);
  return rows[0]?.slot ?? 0;
}

/** Locks belong to the whole server, and one server may hold several Moodles. */
function lockOf(slot: number) {
  return sql`CONCAT('etl source ', ${sql.lit(slot)}, ' ', MD5(DATABASE()))`;
}
