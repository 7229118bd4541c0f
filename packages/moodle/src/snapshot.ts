import { untraced } from '@etl/core';
import { sql } from 'kysely';
import { withSlot } from './slots.ts';
import type { Source } from './source.ts';
import { LONGEST_PAUSE_MS, waitForLowLoad } from './source-load.ts';

/**
 * Runs `work` on one snapshot of the source: all its reads see the same moment. Before the first read it waits for
 * low source load, unless `throttled` is false, and for a free slot. Throws the signal's reason if it aborts, and
 * ReplicaBehind.
 */
export async function onSourceSnapshot<T>(
  source: Source,
  signal: AbortSignal,
  work: (snapshot: Source) => Promise<T>,
  { throttled = true } = {},
): Promise<T> {
  return source.db.connection().execute(async (connection) => {
    const session = {
      ...source,
      db: connection,
      ...(throttled && { throttle: { leftMs: LONGEST_PAUSE_MS } }),
      inFlight: { reads: 0, keepAlive: Promise.resolve() },
    };
    // Before it takes a slot: sessions that are not throttled must not wait for this one.
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

/** Far below the shortest lease: after about that time without a statement, the server ends a session. */
const KEEP_ALIVE_MS = 500;

/** Sends a keep-alive while the snapshot waits for the warehouse or pauses, because the server ends idle sessions. */
async function keepAlive<T>(snapshot: Source, work: (snapshot: Source) => Promise<T>): Promise<T> {
  const send = () => {
    // Not during a read: a cancellation could hit the keep-alive instead of the read.
    if (snapshot.inFlight.reads > 0) return;
    // If the session is lost, the next read reports it.
    snapshot.inFlight.keepAlive = sql`DO 0`.execute(snapshot.db).then(
      () => {},
      () => {},
    );
  };
  const timer = untraced(() => setInterval(send, KEEP_ALIVE_MS));
  try {
    return await work(snapshot);
  } finally {
    clearInterval(timer);
  }
}
