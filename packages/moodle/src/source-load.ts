import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '@etl/core';
import { sql } from 'kysely';
import { read, type Source } from './source.ts';

/** Pause between two checks while the source load is high. */
const CHECK_AGAIN_MS = 1000;

/** All pauses of a session together. After that it reads despite the load: a day without figures is worse. */
export const LONGEST_PAUSE_MS = 5 * 60_000;

const SYNTAX_ERROR = 1064;

/**
 * Throttles a session: waits while more statements than `limits.threadsRunning` run on Moodle's server, or while a
 * replica lags by more than `limits.replicaLagSeconds`. When the session's time for waiting is used up, it returns
 * despite running statements, and throws ReplicaBehind for a lag. Throws the signal's reason.
 */
export async function waitForLowLoad(session: Source, signal: AbortSignal): Promise<void> {
  const { log, throttle } = session;
  if (!throttle) return;
  let why = await sourceLoad(session, signal);
  if (!why) return;
  const began = performance.now();
  const until = began + throttle.leftMs;
  const canWait = throttle.leftMs > 0;
  if (canWait) log.warn(why, 'source load is high, pausing');
  while (why && performance.now() < until) {
    await sleep(CHECK_AGAIN_MS, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    why = await sourceLoad(session, signal);
  }
  const waitedMs = Math.round(performance.now() - began);
  throttle.leftMs -= waitedMs;
  if (!why) log.info({ waitedMs }, 'source load is low again, resuming');
  else if ('replicaLagSeconds' in why)
    throw new ReplicaBehind(why.replicaLagSeconds, session.limits.replicaLagSeconds);
  else if (canWait) log.warn({ ...why, waitedMs }, 'source load is still high, resuming');
}

/** A replica that lags lacks an unknown number of the day's rows. Its figures would be wrong, so the batch fails. */
class ReplicaBehind extends Error {
  override name = 'ReplicaBehind';

  constructor(seconds: number, limit: number) {
    super(
      `Moodle's database is a replica that ${Number.isFinite(seconds) ? `lags by ${seconds} s` : 'has stopped'}: rows of the day may be ` +
        `missing. Repair its replication, or raise ETL_SOURCE_MAX_REPLICA_LAG (${limit} s) if it lags on purpose`,
    );
  }
}

/** Why the source must not be read now, by the limits of the throttle. Undefined if its load is low. */
export type SourceLoad = { threadsRunning: number } | { replicaLagSeconds: number };

export async function sourceLoad(session: Source, signal: AbortSignal): Promise<SourceLoad | undefined> {
  const { threadsRunning, replicaLagSeconds } = session.limits;
  // First: running statements must not hide a lag.
  const lag = await replicaLag(session, signal);
  if (lag > replicaLagSeconds) return { replicaLagSeconds: lag };
  const [status] = await read(
    session,
    sql<{ Value: string }>`SHOW GLOBAL STATUS LIKE 'Threads_running'`,
    signal,
  );
  const running = Number(status?.Value ?? 0);
  return running > threadsRunning ? { threadsRunning: running } : undefined;
}

/**
 * The replica lag in seconds; infinite if replication has stopped. 0 if the server is no replica or refuses to tell.
 */
async function replicaLag(session: Source, signal: AbortSignal): Promise<number> {
  const { replication } = session;
  if (replication.isRefused) return 0;
  for (const statement of [sql`SHOW SLAVE STATUS`, sql`SHOW REPLICA STATUS`]) {
    try {
      const [row] = (await read(session, statement, signal)) as Record<string, number | string | null>[];
      if (!row) return 0;
      const lag = row.Seconds_Behind_Master ?? row.Seconds_Behind_Source;
      return lag == null ? Number.POSITIVE_INFINITY : Number(lag);
    } catch (error) {
      signal.throwIfAborted();
      if (isTransient(error)) throw error;
      // MySQL 8.4 has only the second statement.
      if ((error as { errno?: number }).errno === SYNTAX_ERROR) continue;
      // Usually the account lacks the right. It needs no other right than SELECT.
      replication.isRefused = true;
      session.log.info(
        { reason: (error as Error).message },
        'replica lag of the source is unknown: its account lacks the right to see it',
      );
      return 0;
    }
  }
  return 0;
}
