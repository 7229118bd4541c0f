import { openTrials, type Refusal } from '@etl/core';
import { sql } from 'kysely';
import { activityCountsIn } from './activity-counts.ts';
import { categories } from './categories.ts';
import { countCourseContexts, courseContextsAfter } from './course-contexts.ts';
import { countCourses, coursesAfter } from './courses.ts';
import { ScanRefused } from './indexes.ts';
import { logIdRange } from './log-id-range.ts';
import { onSourceSnapshot } from './snapshot.ts';
import { read, type Source } from './source.ts';
import { waitForLowLoad } from './source-load.ts';
import { enrolmentsByContext, type RoleIds } from './user-counts.ts';

/** No log row is so old, so the statements on the log read nothing. */
const EMPTY_DAY = { date: '1970-01-01', timeZone: 'UTC', start: 0, end: 1 };

/** Before the first id, as the pages of a run begin. */
const FIRST_PAGE = -1;

/**
 * Sends every statement that a run sends to the source, through the functions of a run. Returns those that the server
 * refused. A missing index on the log is no refusal; `checkLogPlan` reports it.
 */
export async function tryRead(source: Source, roles: RoleIds, signal: AbortSignal): Promise<Refusal[]> {
  const { attempt, refusals } = openTrials((error) => error instanceof ScanRefused);
  await attempt('load', () =>
    // High load is no refusal: without time for waiting, it is checked once.
    source.db
      .connection()
      .execute((db) => waitForLowLoad({ ...source, db, throttle: { leftMs: 0 } }, signal)),
  );
  const reads = (snapshot: Source): (() => Promise<unknown>)[] => [
    () => logIdRange(snapshot, EMPTY_DAY, signal),
    () => activityCountsIn(snapshot, EMPTY_DAY, { by: 'id', from: 0, to: 0 }, signal),
    () => activityCountsIn(snapshot, EMPTY_DAY, { by: 'time', from: 0, to: 0 }, signal),
    () => countCourseContexts(snapshot, signal),
    () => courseContextsAfter(snapshot, FIRST_PAGE, 1, signal),
    () => enrolmentsByContext(snapshot, roles, signal),
    () => categories(snapshot, signal),
    () => countCourses(snapshot, signal),
    () => coursesAfter(snapshot, FIRST_PAGE, 1, signal),
  ];
  await attempt('lock', () =>
    onSourceSnapshot(
      source,
      signal,
      async (snapshot) => {
        for (const one of reads(snapshot)) await attempt('read', one);
      },
      { throttled: false },
    ),
  );
  await attempt('cancel', () => cancelOwnStatement(source, signal));
  return refusals;
}

const CANCEL_AFTER_MS = 100;
/** A server that cancels statements does so long before. */
const SLEEP_SECONDS = 10;

/** Cancels a statement from another connection, as a cancelled run does. Throws if the server does not end it. */
async function cancelOwnStatement(source: Source, signal: AbortSignal): Promise<void> {
  const cancelled = AbortSignal.timeout(CANCEL_AFTER_MS);
  const began = performance.now();
  await source.db.connection().execute(async (db) => {
    const session = { ...source, db };
    await read(session, sql`SELECT SLEEP(${sql.lit(SLEEP_SECONDS)})`, cancelled).catch((error: unknown) => {
      if (!cancelled.aborted) throw error;
    });
    // It waits until the session is free again.
    await read(session, sql`SELECT 1`, signal);
  });
  if (performance.now() - began < SLEEP_SECONDS * 1000) return;
  const message = `a cancelled statement ran for ${SLEEP_SECONDS} s`;
  throw Object.assign(new Error(message), { sql: 'KILL QUERY' });
}
