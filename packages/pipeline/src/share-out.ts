import { onSourceSnapshot, type Source } from '@etl/moodle';

/** Work that several sessions on the source can do together. */
export interface SharedWork<Piece> {
  pieces: readonly Piece[];
  source: Source;
  /** The session that does all of it where no other joins. It is open already. */
  first: Source;
  signal: AbortSignal;
  /** Whether another session sees what the first sees: else it takes no part. */
  isUnchanged(snapshot: Source, signal: AbortSignal): Promise<boolean>;
  /** Does one piece. */
  work(snapshot: Source, piece: Piece, signal: AbortSignal): Promise<void>;
}

/**
 * Does each piece once: by the first session, and by further ones, each on a snapshot of its own, that join it while pieces are waiting
 * and the source has sessions to spare. All of them have ended when it returns, or throws what the first failed with.
 */
export async function shareOut<Piece>(shared: SharedWork<Piece>): Promise<void> {
  const { pieces, source, first, signal, isUnchanged, work } = shared;
  const waiting = pieces.values();
  const noneWaiting = new AbortController();
  const failed = new AbortController();
  const wanted = AbortSignal.any([signal, failed.signal]);
  let done = 0;
  const workOff = async (snapshot: Source) => {
    for (const piece of waiting) {
      await work(snapshot, piece, wanted);
      done += 1;
    }
    noneWaiting.abort();
  };
  const join = async () => {
    const joining = AbortSignal.any([wanted, noneWaiting.signal]);
    let hasJoined = false;
    const takePart = async (snapshot: Source) => {
      hasJoined = await isUnchanged(snapshot, joining);
      if (hasJoined) await workOff(snapshot);
    };
    await onSourceSnapshot(source, joining, takePart, { patient: true }).catch((error: unknown) => {
      if (hasJoined) throw error;
      // Until it has taken a piece the others can do without it.
      source.log.debug({ err: error }, 'session did not join');
    });
  };
  const joiners = Math.min(source.limits.slots, pieces.length) - 1;
  const sessions = [workOff(first), ...Array.from({ length: Math.max(joiners, 0) }, join)];
  // Whoever fails ends the others.
  await Promise.all(sessions.map((session) => session.catch((error: unknown) => failed.abort(error))));
  wanted.throwIfAborted();
  if (done !== pieces.length) throw new Error(`${done} of ${pieces.length} pieces were done`);
}
