import type { CoursePlace, RecountedMetric } from '@etl/core';
import {
  courseCounts,
  courseToRecount,
  isPurged,
  type NotCounted,
  onSnapshot,
  type Warehouse,
} from '@etl/warehouse';
import { countsOf } from './compare.ts';
import { requireMergedCounts } from './stored-date.ts';

/** What the warehouse has of a course and date. */
export interface StoredCell {
  timeZone: string;
  runId: string;
  logRows: number | undefined;
  isPurged: boolean;
  isProvisional: boolean;
  counts: Record<RecountedMetric, number>;
  place: CoursePlace | null;
}

/**
 * Throws NOT_FOUND if no run of the date has completed, or the warehouse knows no such course. Throws INVALID_REQUEST for
 * figures of the PHP system, and if the course's counts are newer than the merge that left it out.
 */
export async function storedCell(warehouse: Warehouse, date: string, course: string): Promise<StoredCell> {
  return onSnapshot(warehouse, async (snapshot) => {
    const { merge, row, notCounted } = await courseToRecount(snapshot, 'everything', date, course);
    if (!row) await requireMergedCounts(snapshot, date, merge);
    return {
      timeZone: merge.details.time_zone,
      runId: merge.run_id,
      logRows: merge.details.log_rows,
      isPurged: await isPurged(snapshot, date),
      isProvisional: merge.details.provisional ?? false,
      counts: countsOf(row ?? (await courseCounts(snapshot, date, course))),
      place: row ? { row: 'counted', category_id: row.category_id } : placeOf(notCounted),
    };
  });
}

/** Null if the merge did not record why it left the course out. */
function placeOf(notCounted: NotCounted | undefined): CoursePlace | null {
  const reason = notCounted?.reason ?? 'not_recorded';
  if (reason === 'not_recorded' || reason === 'not_viewed') return null;
  return {
    row: reason === 'not_there' ? 'course_deleted' : reason,
    category_id: notCounted?.categoryId ?? null,
  };
}
