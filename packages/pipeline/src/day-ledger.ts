import { COURSE_REASONS, type CourseReason, type Ledger, ledgerFault, perReason } from '@etl/core';
import { type LeftOutCourse, totalViewsOf, type WarehouseTransaction } from '@etl/warehouse';

/** What activity counts found: `details.rows` of their row. */
interface RowsFound {
  read: number;
  counted: number;
  left_out: Record<string, number>;
}

/**
 * Where each log row of a day is. `rows`: what the merged activity counts found. `views`: those of all their courses,
 * `leftOut`: the courses without a merged row. Undefined if the counts do not say what they read.
 */
export function ledgerOf(
  rows: RowsFound | undefined,
  views: number,
  leftOut: readonly LeftOutCourse[],
): Ledger | undefined {
  if (!rows) return undefined;
  const { no_course = 0, not_an_activity_view = 0 } = rows.left_out;
  const ofReason = new Map<CourseReason, number>(COURSE_REASONS.map((reason) => [reason, 0]));
  for (const course of leftOut) {
    ofReason.set(course.reason, (ofReason.get(course.reason) ?? 0) + course.views);
  }
  const ofCourses = Object.fromEntries(ofReason) as Record<CourseReason, number>;
  return {
    read: rows.read,
    counted: views - COURSE_REASONS.reduce((sum, reason) => sum + ofCourses[reason], 0),
    left_out: {
      ...perReason(() => 0),
      not_an_activity_view,
      no_course,
      // Former versions counted views of all modules, and did not tell them apart.
      other_module: rows.left_out.other_module ?? rows.counted - views,
      ...ofCourses,
    },
  };
}

/**
 * Throws if the parts of the ledger do not add up to the rows read, or if the merged rows have another sum of views
 * than it says: a merge must not complete with such a ledger. A newer worker's counts can have a kind of views that this
 * version does not know.
 */
export async function requireClosed(trx: WarehouseTransaction, date: string, ledger: Ledger): Promise<void> {
  const views = await totalViewsOf(trx, date);
  const fault =
    views === ledger.counted
      ? ledgerFault(ledger)
      : `counted is ${ledger.counted}, but the merged rows have ${views} views`;
  if (fault === undefined) return;
  throw new Error(
    `The ledger of ${date} does not close: ${fault}. If workers of two versions run, stop the older ones. ` +
      'Run the date again with all batches. If it fails again, please report it.',
  );
}
