import { untraced } from '@etl/core';
import { sql } from 'kysely';
import { withSlot } from './slots.ts';
import type { Source } from './source.ts';
import { LONGEST_PAUSE_MS, waitForLowLoad } from './source-load.ts';

/**
 * Runs `work` on one snapshot of the source: all its reads see the same moment. Waits for the server to be calm, and for a free slot,
 * before anything is read. `hurried`: not for a calm server. Throws the signal's reason where that
 * aborts, and ReplicaBehind.
 */
export async function onSourceSnapshot<T>(
  source: Source,
  signal: AbortSignal,
  work: (snapshot: Source) => Promise<T>,
  { hurried = false } = {},
): Promise<T> {
  return source.db.connection().execute(async (connection) => {
    const session = {
      ...source,
      db: connection,
      ...(!hurried && { patience: { leftMs: LONGEST_PAUSE_MS } }),
      inFlight: { reads: 0, sign: Promise.resolve() },
    };
    // Before it has a slot: those that do not wait are not to wait for it.
    await waitForLowLoad(session, signal);
    return withSlot(session, signal, () =>
      connection
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute((db) => keepAlive({ ...session, db }, work)),
    );
  });
}

/** Far within the shortest lease, after which the server ends a session that says nothing. */
const SIGN_OF_LIFE_MS = 500;

/** A snapshot that waits, for its neighbours or for the warehouse, says a word now and then: the server ends silent sessions. */
async function keepAlive<T>(snapshot: Source, work: (snapshot: Source) => Promise<T>): Promise<T> {
  const speak = () => {
    // Never beside a read: what is to be cancelled would no longer be known.
    if (snapshot.inFlight.reads > 0) return;
    // Where the session is lost, the work's own next read says so.
    snapshot.inFlight.sign = sql`DO 0`.execute(snapshot.db).then(
      () => {},
      () => {},
    );
  };
  const timer = untraced(() => setInterval(speak, SIGN_OF_LIFE_MS));
  try {
    return await work(snapshot);
  } finally {
    clearInterval(timer);
  }
}
