import type { Batch, SchedulerStatus, TriggerType, ViewCounts } from '@etl/core';
import type { ColumnType, Generated } from 'kysely';
import type { FailureCode } from './log-scheduler/failure.ts';

/** A time in UTC, as the server returns it: `YYYY-MM-DD HH:MM:SS[.mmm]`. Only the warehouse's clock sets it. */
type UtcTime = ColumnType<string, never, never>;

/**
 * A Moodle id: a number, or text if it is beyond 2^53 (see `openMysql`). Code compares ids, and never calculates
 * with them.
 */
export type MoodleId = number | string;

interface Loaded {
  id: Generated<number>;
  extraction_date: string;
  created_at: UtcTime;
  updated_at: UtcTime;
}

export interface ActivityCountsTable extends Loaded, ViewCounts {
  courseid: MoodleId;
  active_days: number;
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

export interface WarehouseTables {
  activity_counts_etl: ActivityCountsTable;
  user_counts_etl: UserCountsTable;
  user_activity_etl: UserActivityTable;
  course_categories_etl: CourseCategoriesTable;
  log_scheduler: LogSchedulerTable;
  etl_alerts: AlertsTable;
  etl_settings: SettingsTable;
}
