import type { Batch, SchedulerStatus, TriggerType, ViewCounts } from '@etl/core';
import type { ColumnType, Generated } from 'kysely';
import type { FailureCode } from './log-scheduler/failure.ts';
import type {
  LeftOutCoursesTable,
  RestatementCategoriesTable,
  RestatementCoursesTable,
  RestatementsTable,
} from './restatement-tables.ts';

/** A time in UTC, as the server returns it: `YYYY-MM-DD HH:MM:SS[.mmm]`. Only the warehouse's clock sets it. */
export type UtcTime = ColumnType<string, never, never>;

/**
 * A Moodle id: a number, or text if it is beyond 2^53 (see `openMysql`). Code compares ids, and never calculates
 * with them.
 */
export type MoodleId = number | string;

/** Compares ids by their value. */
export function inOrderOfIds(a: MoodleId, b: MoodleId): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [BigInt(a), BigInt(b)];
  return x < y ? -1 : Number(x > y);
}

interface Loaded {
  id: Generated<number>;
  extraction_date: string;
  created_at: UtcTime;
  updated_at: UtcTime;
}

export interface ActivityCountsTable extends Loaded, ViewCounts {
  courseid: MoodleId;
  active_days: number;
  /** Views of modules without a kind. Null if the counts do not record them. */
  other_views: number | null;
}

export interface UserCountsTable extends Loaded {
  courseid: MoodleId;
  num_students: number;
  num_teachers: number;
}

export interface UserActivityTable extends Loaded, ViewCounts {
  moodle_course_id: MoodleId;
  /** The idnumber of the course's category. Several courses can have the same. */
  course_id: string;
  /** The idnumber of the course. */
  id_number: string;
  course_name: string;
  course_shortname: string;
  category_id: MoodleId;
  category_path: string;
  num_teachers: number;
  num_students: number;
  total_views: number;
  /** DECIMAL(10,2) as text. Null if there are no students or no active days. */
  avg_activity_per_student_per_day: string | null;
  active_days: number;
  /** Views of modules without a kind, which make the day active. Null if they were not recorded. No figure. */
  other_views: number | null;
}

export interface CourseCategoriesTable {
  id: MoodleId;
  parent: MoodleId;
  depth: number;
  path: string;
  idnumber: string | null;
  name: string;
}

export interface LogSchedulerTable {
  id: Generated<number>;
  run_id: string;
  job_id: string;
  batch_name: Batch;
  extraction_date: string;
  /** Rows done, of `numrow`. */
  offset: Generated<number>;
  numrow: Generated<number>;
  limit_size: number;
  status: SchedulerStatus;
  /** First and last second of the extraction date, in the institution's time zone. */
  start_date: string;
  end_date: string;
  trigger_type: TriggerType;
  requested_by: string;
  attempt: Generated<number>;
  error_details: string | null;
  /** Why the row failed. See `failureCode`, which says when it counts. */
  failure_code: FailureCode | null;
  /** JSON; see `BatchDetails`. */
  details: string;
  active_key: string | null;
  fence: Generated<number>;
  lease_until: UtcTime | null;
  started_at: UtcTime | null;
  finished_at: UtcTime | null;
  /** The same as `finished_at`, if the row failed and `failure_code` is of that ending. */
  failed_at: UtcTime | null;
  created_at: UtcTime;
  updated_at: UtcTime;
}

export interface AlertsTable {
  cause: string;
  /** JSON of the package `alerts`. */
  state: string;
}

export interface SettingsTable {
  /** Always 1: the table has one row. */
  id: number;
  time_zone: string | null;
  /** Numbers, separated by commas, in ascending order. */
  student_role_ids: string | null;
  teacher_role_ids: string | null;
  /** Who last changed a stored value: an account, `worker` or `migrate`. */
  updated_by: string;
  updated_at: UtcTime;
}

/** A span of dates whose sums are stored (`roll-ups/spans.ts`). */
export interface RollUpPartsTable {
  /** The number of the span. */
  part: number;
  first_date: string;
  last_date: string;
  /** The completed merges of each date (`mergesByDate`) when the sums were made, in the order of dates, comma between. */
  merges: string;
  /** What the sums are made with (`madeWith`). A worker of an older version may know fewer kinds of views. */
  kinds: string;
}

/** The sums of a category's own rows of a date, small ones apart. */
export interface RollUpDaysTable extends ViewCounts {
  extraction_date: string;
  category_id: MoodleId;
  /** 1: of rows with too few students, which can be withheld. */
  is_small: Generated<number>;
  courses: number;
  active_courses: number;
  num_students: number;
  num_teachers: number;
  total_views: number;
}

/** The sums of a course's rows in one category. */
export interface RollUpCoursesTable extends ViewCounts {
  part: number;
  moodle_course_id: MoodleId;
  category_id: MoodleId;
  /** As in `rollup_days`. */
  is_small: Generated<number>;
  /** The date of its newest row, which has the enrolments. */
  newest_date: string;
  num_students: number;
  num_teachers: number;
  total_views: number;
  active_days: number;
  first_active: string | null;
  last_active: string | null;
}

/** Enrolments of a category: of each course's newest row in it. */
export interface RollUpEnrolmentsTable {
  part: number;
  category_id: MoodleId;
  /** As in `rollup_days`. */
  is_small: Generated<number>;
  /** 0: all courses whose rows are all of this category and equally small. Else a course with others too. */
  moodle_course_id: MoodleId;
  /** Of such a course. Else null. */
  newest_date: string | null;
  courses: number;
  num_students: number;
  num_teachers: number;
}

export interface WarehouseTables {
  activity_counts_etl: ActivityCountsTable;
  user_counts_etl: UserCountsTable;
  user_activity_etl: UserActivityTable;
  course_categories_etl: CourseCategoriesTable;
  log_scheduler: LogSchedulerTable;
  etl_alerts: AlertsTable;
  etl_settings: SettingsTable;
  rollup_parts: RollUpPartsTable;
  rollup_days: RollUpDaysTable;
  rollup_courses: RollUpCoursesTable;
  rollup_enrolments: RollUpEnrolmentsTable;
  left_out_courses: LeftOutCoursesTable;
  restatements: RestatementsTable;
  restatement_categories: RestatementCategoriesTable;
  restatement_courses: RestatementCoursesTable;
}
