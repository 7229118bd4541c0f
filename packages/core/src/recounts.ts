import type { CourseReason } from './ledger.ts';
import type { ViewColumn } from './view-counts.ts';

/**
 * What a recount of a cell found:
 * - `equal`: Moodle's log gives the stored counts, and a run would put the course into the same category.
 * - `differs`: it does not.
 * - `purged`: it gives less, because Moodle has deleted log rows of the date. The stored counts are the better ones.
 */
export const RECOUNT_OUTCOMES = ['equal', 'differs', 'purged'] as const;

/**
 * Why a recount probably differs:
 * - `late_rows`: log rows of the course arrived after the run.
 * - `clean_up`: log rows of the course were deleted after the run.
 * - `course_changed`: the course moved, or was hidden, shown or deleted. The counts are equal.
 * - `unknown`: none of these. Rows were changed by hand, or it is a bug.
 */
export const RECOUNT_REASONS = ['late_rows', 'clean_up', 'course_changed', 'unknown'] as const;

/** The counts that a recount compares: what Moodle's log alone decides. */
export type RecountedMetric = ViewColumn | 'total_views' | 'active_days';

/** A count as the warehouse has it, and as Moodle's log gives it now. */
export interface RecountedCount {
  warehouse: number;
  moodle: number;
  /** `moodle` minus `warehouse`. */
  difference: number;
}

/** Where a run puts a course. `row` is `counted`, or the reason why the course has no merged row. */
export interface CoursePlace {
  row: 'counted' | CourseReason;
  category_id: number | string | null;
}

/** The result of a recount. It changes no figure. */
export interface Recount {
  outcome: (typeof RECOUNT_OUTCOMES)[number];
  likely_reason: (typeof RECOUNT_REASONS)[number] | null;
  /** The run whose figures were compared. */
  run_id: string;
  /** The run read the log before the day had ended: late rows are no surprise. */
  provisional: boolean;
  counts: Record<RecountedMetric, RecountedCount>;
  /** Null in `warehouse` if the merge does not say why it left the course out. */
  course: { warehouse: CoursePlace | null; moodle: CoursePlace };
  /** Log rows of the day, of all courses. Null if the run did not record them. */
  log_rows: { read: number | null; now: number };
  /** The run that would replace the figures. Null if nothing differs. */
  run: { command: string; call: string; body: { date: string; force?: true } } | null;
}

/** A cell's course and date, as a recount's job names them. */
export interface RecountedCell {
  extraction_date: string;
  moodle_course_id: string;
}
