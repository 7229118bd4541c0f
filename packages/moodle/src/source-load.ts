import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '@etl/core';
import { sql } from 'kysely';
import { read, type Source } from './source.ts';

/** Between two looks at a server under stress. */
const LOOK_AGAIN_MS = 1000;

/** A day that is extracted late, or not at all, is worse than some load: after so long, in all, the work goes on. */
export const LONGEST_PAUSE_MS = 5 * 60_000;

const SYNTAX_ERROR = 1064;

/**
 * Waits while Moodle's server is busy with its own work: more statements running than `limits.threadsRunning`, or, where it is a
 * replica, further behind than `limits.replicaLagSeconds`. When the session's patience is used up,
 * a busy server is read all the same; of a replica that is still behind it throws ReplicaBehind. Throws the signal's reason.
 */
export async function waitForLowLoad(session: Source, signal: AbortSignal): Promise<void> {
  const { log, patience } = session;
  if (!patience) return;
  let why = await sourceLoad(session, signal);
  if (!why) return;
  const began = performance.now();
  const until = began + patience.leftMs;
  const isPatient = patience.leftMs > 0;
  if (isPatient) log.warn(why, 'source under stress, waiting');
  while (why && performance.now() < until) {
    await sleep(LOOK_AGAIN_MS, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
    why = await sourceLoad(session, signal);
  }
  const waitedMs = Math.round(performance.now() - began);
  patience.leftMs -= waitedMs;
  if (!why) log.info({ waitedMs }, 'source is calm again');
  else if ('replicaLagSeconds' in why)
    throw new ReplicaBehind(why.replicaLagSeconds, session.limits.replicaLagSeconds);
  else if (isPatient) log.warn({ ...why, waitedMs }, 'source still under stress, going on');
}

/** A replica that has not caught up lacks rows of the day, and nobody knows how many: better no figures than such. */
export class ReplicaBehind extends Error {
  override name = 'ReplicaBehind';

  constructor(seconds: number, limit: number) {
    super(
      `Moodle's database is a replica that ${Number.isFinite(seconds) ? `is ${seconds} s behind` : 'has stopped'}: some of the day may be ` +
        `missing there. See to its replication, or raise ETL_SOURCE_MAX_REPLICA_LAG (${limit} s) where it is meant to be late`,
    );
  }
}

type SourceLoad = { threadsRunning: number } | { replicaLagSeconds: number };

async function sourceLoad(session: Source, signal: AbortSignal): Promise<SourceLoad | undefined> {
  const { threadsRunning, replicaLagSeconds } = session.limits;
  // First: a busy server must not hide that its rows are old.
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

/** Seconds by which the server is behind the one it copies, infinite where it has stopped; 0 where it is no replica, or its account may not ask. */
async function replicaLag(session: Source, signal: AbortSignal): Promise<number> {
  const { replication } = session;
  if (replication.cannotAsk) return 0;
  for (const statement of [sql`SHOW SLAVE STATUS`, sql`SHOW REPLICA STATUS`]) {
    try {
      const [row] = (await read(session, statement, signal)) as Record<string, number | string | null>[];
      if (!row) return 0;
      const lag = row.Seconds_Behind_Master ?? row.Seconds_Behind_Source;
      return lag == null ? Number.POSITIVE_INFINITY : Number(lag);
    } catch (error) {
      signal.throwIfAborted();
      if (isTransient(error)) throw error;
      // MySQL 8.4 knows only the newer name.
      if ((error as { errno?: number }).errno === SYNTAX_ERROR) continue;
      // Most of all a missing right, which most accounts have no need of.
      replication.cannotAsk = true;
      session.log.info(
        { reason: (error as Error).message },
        'whether the source is a replica that is behind is not known: its account may not ask',
      );
      return 0;
    }
  }
  return 0;
}
