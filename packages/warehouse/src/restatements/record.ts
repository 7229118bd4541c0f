import { isDeepStrictEqual } from 'node:util';
import type { RestatementReason } from '@etl/core';
import type { BatchDetails } from '../log-scheduler/details.ts';
import { completedRow } from '../log-scheduler/newest-completed.ts';
import type { Replaced } from '../replace-rows.ts';
import { sumsByPlace } from '../roll-ups/day-part.ts';
import { keyOfPlace } from '../row-place.ts';
import { inOrderOfIds } from '../tables.ts';
import type { UserActivity } from '../user-activity.ts';
import type { WarehouseTransaction } from '../warehouse.ts';
import {
  type ChangedCourse,
  changedCourses,
  inOrder,
  type ReasonsOfMerge,
  reasonsForSums,
} from './compare.ts';
import { addedSums, restatedSums } from './sums.ts';
import { insertCourses, insertPlaces, insertRestatement } from './write.ts';

/** Courses that are kept of one restatement. Of the others their number is. */
export const MOST_LISTED_COURSES = 10_000;

/** A merge that is about to complete, and what it has changed. */
export interface ReplacingMerge {
  date: string;
  /** Of its row in `log_scheduler`. */
  schedulerId: number;
  runId: string;
  rows: readonly UserActivity[];
  replaced: Replaced<UserActivity>;
  counts: MergedCounts;
  /** Rows with fewer students are small: they can be withheld. Default: none are. */
  smallBelow?: number;
}

/** What is known of the counts that a merge merged. */
export interface MergedCounts {
  /** Of the day's log, when the activity was counted. */
  logRows?: { read: number } | undefined;
  timeZone: string;
  roles?: BatchDetails['roles'];
  /** The activity was counted although the log may have lost rows. */
  isForced: boolean;
}

/**
 * Records what a merge changes of the final figures of its date, in the transaction of the merge: both are committed,
 * or neither. Records nothing if the date had no figures, provisional ones, or the same.
 */
export async function recordRestatement(trx: WarehouseTransaction, merge: ReplacingMerge): Promise<void> {
  const { replaced, rows, smallBelow = 0 } = merge;
  if (replaced.changes.length === 0) return;
  const earlier = await completedRow(trx, 'main_etl', merge.date);
  if (!earlier || earlier.details.provisional) return;
  const reasons = reasonsOf(merge.counts, earlier.details);
  // The PHP system kept no ids of courses: its rows and ours cannot be compared one by one.
  const isComparable = !earlier.details.adopted;
  const courses = isComparable ? changedCourses(replaced.changes, reasons, smallBelow) : [];
  const sums = { old: sumsByPlace(replaced.before, smallBelow), new: sumsByPlace(rows, smallBelow) };
  const [oldTotals, newTotals] = [
    addedSums(sums.old.map(restatedSums)),
    addedSums(sums.new.map(restatedSums)),
  ];
  const why = isComparable
    ? inOrder(courses.flatMap((course) => course.why))
    : reasonsForSums(oldTotals, newTotals, reasons);
  if (why.length === 0) return;
  await insertRestatement(trx, {
    id: merge.schedulerId,
    extraction_date: merge.date,
    run_id: merge.runId,
    replaced_run_id: earlier.run_id,
    replaced_at: earlier.finished_at,
    why: why.join(','),
    old_total_views: oldTotals.total_views,
    new_total_views: newTotals.total_views,
    courses: isComparable ? courses.length : null,
    suppress_below: smallBelow,
  });
  const listed = mostChanged(courses);
  await insertPlaces(trx, merge.schedulerId, sums, { courses, listed: new Set(listed) });
  await insertCourses(trx, merge.schedulerId, listed);
}

/** Why the views and the enrolments of a merge differ from those of an earlier one. */
function reasonsOf(counts: MergedCounts, earlier: BatchDetails): ReasonsOfMerge {
  // Roles that are not recorded do not differ.
  const isOfSameRoles = !counts.roles || !earlier.roles || isDeepStrictEqual(counts.roles, earlier.roles);
  return {
    views: reasonForViews(counts, earlier),
    enrolments: isOfSameRoles ? 'enrolments_changed' : 'settings',
  };
}

function reasonForViews(
  { timeZone, logRows, isForced }: MergedCounts,
  { adopted, time_zone, log_rows }: BatchDetails,
): RestatementReason {
  // The zone of the PHP system is not known.
  if (!adopted && timeZone !== time_zone) return 'settings';
  if (logRows && log_rows !== undefined && logRows.read > log_rows) return 'late_rows';
  return isForced ? 'forced' : 'rerun';
}

/** The courses that are kept: those that came, went or changed their place, then those whose views changed most. */
function mostChanged(courses: readonly ChangedCourse[]): ChangedCourse[] {
  const moved = (course: ChangedCourse) =>
    course.old && course.new && keyOfPlace(course.old) === keyOfPlace(course.new) ? 0 : 1;
  return courses
    .toSorted((a, b) => moved(b) - moved(a) || b.size - a.size || inOrderOfIds(a.id, b.id))
    .slice(0, MOST_LISTED_COURSES);
}
