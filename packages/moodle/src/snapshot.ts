import { withSlot } from './slots.ts';
import type { Source } from './source.ts';
import { waitForCalm } from './stress.ts';

/**
 * Runs `work` on one snapshot of the source: all its reads see the same moment. The one way to read it: waits for a free slot, and
 * for the server to be calm, before anything is read. `patient`: others go first. Throws the signal's reason where that aborts.
 */
export async function onSourceSnapshot<T>(
  source: Source,
  signal: AbortSignal,
  work: (snapshot: Source) => Promise<T>,
  { patient = false } = {},
): Promise<T> {
  return source.db.connection().execute(async (connection) => {
    const session = { ...source, db: connection };
    return withSlot(session, { signal, patient }, async () => {
      await waitForCalm(session, signal);
      return connection
        .transaction()
        .setIsolationLevel('repeatable read')
        .setAccessMode('read only')
        .execute((db) => work({ ...source, db }));
    });
  });
}
