import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { type UserCounts, userCountsOf } from '../user-counts.ts';
import { onSnapshot, type Warehouse } from '../warehouse.ts';
import { type BatchDetails, parseDetails } from './details.ts';
import { newestCompleted } from './newest-completed.ts';

/** Enrolments hardly change in so short a time; a long backfill counts them anew after it. */
const MINUTES_OF_USE = 15;

/** The heads of all courses, as they were at a moment. */
export interface EnrolmentCounts {
  rows: UserCounts[];
  /** How many courses there were, with and without heads. */
  courses: number;
  /** When they were counted, in UTC: a whole second, never a later one. */
  asOf: string;
}

/**
 * Head-counts that stand for those that a late run would make: a backfill's days are all counted now, so once is enough. They were
 * made after the run was asked for, of the same roles, within the last quarter of an hour. Undefined where there are none, and
 * for every run that is not late: its heads are its own.
 */
export async function enrolmentCountsMeanwhile(
  warehouse: Warehouse,
  runId: string,
  roles: NonNullable<BatchDetails['roles']>,
): Promise<EnrolmentCounts | undefined> {
  return onSnapshot(warehouse, async (snapshot) => {
    const run = await snapshot
      .selectFrom('log_scheduler')
      .select(['created_at', 'trigger_type', 'attempt'])
      .select(sql<string>`NOW() - INTERVAL ${sql.lit(MINUTES_OF_USE)} MINUTE`.as('oldest'))
      .where('run_id', '=', runId)
      .where('batch_name', '=', 'user_counts')
      .executeTakeFirst();
    if (run?.trigger_type !== 'backfill' && run?.trigger_type !== 'catch_up') return undefined;
    // A retry was asked for later than its run.
    if (run.attempt > 1) return undefined;
    const newest = await newestCompleted(snapshot, 'user_counts')
      .select(['completed.extraction_date', 'completed.numrow', 'completed.details'])
      .orderBy('completed.finished_at', 'desc')
      .orderBy('completed.id', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (!newest) return undefined;
    const details = parseDetails(newest.details);
    const asOf = details.user_counts_as_of ?? '';
    // Both are whole seconds, rounded down: only a later second is certainly a later moment.
    const isLater = asOf > run.created_at;
    if (!isLater || asOf < run.oldest || !isDeepStrictEqual(details.roles, roles)) return undefined;
    return { rows: await userCountsOf(snapshot, newest.extraction_date), courses: newest.numrow, asOf };
  });
}
