import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import { type UserCounts, userCountsOf } from '../user-counts.ts';
import { onSnapshot, type Warehouse } from '../warehouse.ts';
import { type BatchDetails, parseDetails } from './details.ts';
import { type CompletedBatch, completedRows, newestFirst } from './newest-completed.ts';

/** Enrolments hardly change in so short a time. A longer backfill counts them again. */
const MINUTES_OF_USE = 15;

/** The enrolment counts of all courses at one moment. */
export interface EnrolmentCounts {
  rows: readonly UserCounts[];
  /** How many courses there were, with and without enrolments. */
  courses: number;
  /** When they were counted, in UTC, rounded down to the second. */
  asOf: string;
}

/**
 * Enrolment counts that a late run can reuse: all dates of a backfill have the enrolments of now, so one count is
 * enough. They were counted after the run was requested, of the same roles, within the last quarter of an hour.
 * Undefined if there are none, and for a run that is not late: it counts its own. `cached` answers with the rows of a
 * completed batch that this process has loaded.
 */
export async function reusableEnrolmentCounts(
  warehouse: Warehouse,
  runId: string,
  roles: NonNullable<BatchDetails['roles']>,
  cached: (completed: CompletedBatch) => readonly UserCounts[] | undefined,
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
    // A retry was requested later than its run.
    if (run.attempt > 1) return undefined;
    // The newest of all dates is the newest of its own date, too: the table holds its counts.
    const newest = await completedRows(snapshot, 'user_counts')
      .select(['completed.id', 'completed.run_id', 'completed.fence'])
      .select(['completed.extraction_date', 'completed.numrow', 'completed.details'])
      .orderBy(newestFirst('completed'))
      .limit(1)
      .executeTakeFirst();
    if (!newest) return undefined;
    const details = parseDetails(newest.details);
    const asOf = details.user_counts_as_of ?? '';
    // Both are rounded down to the second: only a later second is certainly a later moment.
    const isLater = asOf > run.created_at;
    if (!isLater || asOf < run.oldest || !isDeepStrictEqual(details.roles, roles)) return undefined;
    const rows = cached(newest) ?? (await userCountsOf(snapshot, newest.extraction_date));
    return { rows, courses: newest.numrow, asOf };
  });
}
