import type { CourseReason } from '@etl/core';
import type { ColumnType, Generated } from 'kysely';
import type { MoodleId, UtcTime } from './tables.ts';

/**
 * A course that the newest merge of a date with a ledger left out. Those without views are kept for the newest dates
 * only.
 */
export interface LeftOutCoursesTable {
  id: Generated<number>;
  extraction_date: string;
  moodle_course_id: MoodleId;
  reason: CourseReason;
  /** Its views of all kinds, which are in no figure. */
  views: number;
  /** The category and the names are null if the course was deleted. */
  category_id: MoodleId | null;
  id_number: string | null;
  course_name: string | null;
  course_shortname: string | null;
}

/** A merge that changed the figures of a final date. */
export interface RestatementsTable {
  /** Of the merge's row in `log_scheduler`. */
  id: number;
  extraction_date: string;
  run_id: string;
  /** The run whose figures were replaced, and when it had completed. */
  replaced_run_id: string;
  replaced_at: ColumnType<string | null, string | null, never>;
  restated_at: UtcTime;
  /** `RESTATEMENT_REASONS`, comma between. */
  why: string;
  /** Of all courses. */
  old_total_views: number;
  new_total_views: number;
  /** How many courses changed. Null if the replaced figures are of the PHP system: they have no ids of courses. */
  courses: number | null;
  /** Below how many students its rows were called small. 0: none were. */
  suppress_below: Generated<number>;
}

/** The sums of a category's own rows before and after a restatement. */
export interface RestatementCategoriesTable {
  restatement: number;
  category_id: MoodleId;
  /** 1: of rows with too few students, which can be withheld. */
  is_small: Generated<number>;
  /** JSON of `RestatedSums`. Null if the category had no row. */
  old_sums: string | null;
  new_sums: string | null;
  /** Courses that changed and whose old or new row is in the category. */
  changed: number;
  /** Those of them that have no row in `restatement_courses`. */
  unlisted: number;
}

/** A course that a restatement changed. */
export interface RestatementCoursesTable {
  restatement: number;
  moodle_course_id: MoodleId;
  /** Null if the course had no row, or has none any more. */
  old_category: MoodleId | null;
  new_category: MoodleId | null;
  /** 1: the row had too few students. */
  old_is_small: Generated<number>;
  new_is_small: Generated<number>;
  /** The newest. */
  course_name: string;
  why: string;
  /** JSON of `RestatedFigures`: what differs, or everything if the place of the row changed. Null as the category. */
  old_figures: string | null;
  new_figures: string | null;
}
