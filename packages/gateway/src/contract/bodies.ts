import { BATCHES, Batch, ERROR_CODES, TRIGGER_TYPES } from '@etl/core';
import { z } from 'zod';

/** What answers are made of, as schemas. */

const DATE = '2024-01-15';
const RUN = '4b0c6d5e-8f1a-4c3b-9d2e-7a6f5e4d3c2b';

export const LocalDate = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .meta({ description: 'A calendar day, `YYYY-MM-DD`', example: DATE });

export const Time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/)
  .meta({ description: 'On the clocks of `ETL_TIMEZONE`', example: `${DATE} 10:30:00` });

const count = z.int().nonnegative();
/** Counts rows of the whole institution. */
const institutionCount = (what: string) =>
  count.nullable().meta({ description: `${what}; null for viewers, whose scope is smaller` });
/** A number; text where it is beyond 2^53. */
const moodleId = z.union([z.int(), z.string().regex(/^\d+$/)]).meta({ description: 'An id of Moodle' });
const moodleCourseId = moodleId.nullable().meta({ description: 'null in rows that the PHP system has left' });
const status = z.enum(['not_started', 'queued', 'running', 'completed', 'failed']);
const schedulerStatus = z
  .literal([1, 2, 3, 4])
  .meta({ description: '1 finished, 2 in progress, 3 failed, 4 queued' });
const runId = z.uuid().meta({ example: RUN });

/** The body of a call that succeeded. */
export function answerBody<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject({ status: z.literal(true), ...shape, timestamp: Time });
}

export const EXAMPLE_TIMESTAMP = `${DATE} 10:30:00`;

export const ErrorBody = z
  .strictObject({
    status: z.literal(false),
    error: z.string(),
    code: z.enum(ERROR_CODES),
    details: z.record(z.string(), z.string()).optional(),
    timestamp: Time,
  })
  .meta({ id: 'Error' });

export const StartedRun = z
  .strictObject({
    run_id: runId,
    extraction_date: LocalDate,
    etl_status: status,
    batches: z.array(z.strictObject({ batch_name: Batch, scheduler_id: z.int(), job_id: z.string() })),
  })
  .meta({ id: 'StartedRun' });

const QUEUE_OF = { activity_counts: 'activity-counts', user_counts: 'user-counts', main_etl: 'main-etl' };

export const STARTED_RUN = {
  run_id: RUN,
  extraction_date: DATE,
  etl_status: 'queued',
  batches: BATCHES.map((batch, index) => ({
    batch_name: batch,
    scheduler_id: index + 1,
    job_id: `${RUN}-${QUEUE_OF[batch]}`,
  })),
};

export const SkippedDate = z
  .strictObject({ extraction_date: LocalDate, code: z.enum(ERROR_CODES), error: z.string() })
  .meta({ id: 'SkippedDate' });

const BatchState = z
  .strictObject({
    status,
    scheduler_status: schedulerStatus.nullable(),
    offset: institutionCount('Rows done'),
    numrow: institutionCount('Rows in all'),
    progress: z.int().min(0).max(100).meta({ description: 'Percent' }),
    started_at: Time.nullable(),
    finished_at: Time.nullable(),
    error_details: z.string().nullable(),
  })
  .meta({ id: 'BatchState' });

export const SettingsDiffer = z.boolean().meta({
  description: 'The figures were made with another time zone or other roles than those that are stored now',
});

export const StatusReport = z
  .strictObject({
    etl_status: status,
    run_id: runId.nullable(),
    extraction_date: LocalDate.nullable(),
    provisional: z.boolean().meta({ description: 'The figures were extracted before their day had ended' }),
    settings_differ: SettingsDiffer,
    batches: z.strictObject({ activity_counts: BatchState, user_counts: BatchState, main_etl: BatchState }),
    last_completed_date: LocalDate.nullable(),
    next_run_at: Time.nullable().meta({ description: 'Of the schedule; null where there is none' }),
  })
  .meta({ id: 'StatusReport' });

const FINISHED_BATCH = {
  status: 'completed',
  scheduler_status: 1,
  offset: 4200,
  numrow: 4200,
  progress: 100,
  started_at: `${DATE} 02:00:00`,
  finished_at: `${DATE} 02:00:03`,
  error_details: null,
};

export const STATUS_REPORT = {
  etl_status: 'completed',
  run_id: RUN,
  extraction_date: DATE,
  provisional: false,
  settings_differ: false,
  batches: { activity_counts: FINISHED_BATCH, user_counts: FINISHED_BATCH, main_etl: FINISHED_BATCH },
  last_completed_date: DATE,
  next_run_at: '2024-01-17 02:00:00',
};

export const SchedulerRow = z
  .strictObject({
    id: z.int(),
    run_id: runId,
    job_id: z.string(),
    batch_name: Batch,
    extraction_date: LocalDate,
    offset: institutionCount('Rows done'),
    numrow: institutionCount('Rows in all'),
    limit_size: count,
    status: schedulerStatus,
    start_date: Time.meta({ description: 'The first second of the extraction date' }),
    end_date: Time.meta({ description: 'Its last second' }),
    trigger_type: z.enum(TRIGGER_TYPES),
    requested_by: z.string(),
    attempt: count,
    error_details: z.string().nullable(),
    details: z.looseObject({}).meta({
      description: 'What the batch has found: rows read, counted and left out, by reason; empty for viewers',
    }),
    active_key: z
      .string()
      .nullable()
      .meta({ description: '`batch|date` while the row is queued or in progress' }),
    fence: count,
    lease_until: Time.nullable(),
    started_at: Time.nullable(),
    finished_at: Time.nullable(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'SchedulerRow' });

export const SCHEDULER_ROW = {
  id: 3,
  run_id: RUN,
  job_id: `${RUN}-main-etl`,
  batch_name: 'main_etl',
  extraction_date: DATE,
  offset: 120,
  numrow: 120,
  limit_size: 500,
  status: 1,
  start_date: `${DATE} 00:00:00`,
  end_date: `${DATE} 23:59:59`,
  trigger_type: 'schedule',
  requested_by: 'schedule',
  attempt: 1,
  error_details: null,
  details: { time_zone: 'UTC', loaded: 120, provisional: false },
  active_key: null,
  fence: 1,
  lease_until: null,
  started_at: '2024-01-16 02:00:02',
  finished_at: '2024-01-16 02:00:03',
  created_at: '2024-01-16 02:00:00',
  updated_at: '2024-01-16 02:00:03',
};

/** Of a course and day, or of several together, in the order in which they are shown. */
const VIEWS = {
  file_views: count,
  video_views: count,
  forum_views: count,
  quiz_views: count,
  assignment_views: count,
  url_views: count,
  total_views: count,
  avg_activity_per_student_per_day: z
    .number()
    .nullable()
    .meta({ description: 'total_views / num_students / active_days; null where there are none of either' }),
};

export const UserActivity = z
  .strictObject({
    id: z.int(),
    course_id: z
      .string()
      .nullable()
      .meta({ description: "The idnumber of the course's category, which courses share" }),
    id_number: z.string().nullable().meta({ description: 'The idnumber of the course' }),
    course_name: z.string().nullable(),
    course_shortname: z.string().nullable(),
    num_teachers: count,
    num_students: count,
    ...VIEWS,
    active_days: count.meta({ description: '1 where anything was viewed, else 0' }),
    extraction_date: LocalDate,
    created_at: Time,
    updated_at: Time,
    moodle_course_id: moodleCourseId,
    category_id: moodleId,
    category_path: z.string(),
  })
  .meta({ id: 'UserActivity' });

export const USER_ACTIVITY = {
  id: 1,
  course_id: 'FTI-IF',
  id_number: 'IF101',
  course_name: 'Introduction to Programming',
  course_shortname: 'INTRO_PROG',
  num_teachers: 2,
  num_students: 25,
  file_views: 150,
  video_views: 300,
  forum_views: 75,
  quiz_views: 200,
  assignment_views: 100,
  url_views: 50,
  total_views: 875,
  avg_activity_per_student_per_day: 35,
  active_days: 1,
  extraction_date: DATE,
  created_at: '2024-01-16 02:00:03',
  updated_at: '2024-01-16 02:00:03',
  moodle_course_id: 42,
  category_id: 7,
  category_path: '/2/7',
};

const FIGURES = {
  courses: count.meta({ description: 'Courses that have a row' }),
  num_students: count.meta({
    description:
      'Of each course by its newest row of the range, added up: who is in two courses counts in both',
  }),
  num_teachers: count,
  ...VIEWS,
  active_days: count.meta({ description: 'Different days with activity' }),
  active_days_span: count.meta({
    description: 'Days from the first with activity to the last, both included',
  }),
};

export const RolledUp = z.strictObject(FIGURES).meta({ id: 'RolledUp' });

const Category = z
  .strictObject({ id: moodleId, idnumber: z.string().nullable(), name: z.string() })
  .nullable()
  .meta({ description: 'null where there is none, or none any more' });

export const SummaryGroup = z
  .union([
    z.strictObject({
      moodle_course_id: moodleCourseId,
      course_id: z.string().nullable(),
      id_number: z.string().nullable(),
      course_name: z.string().nullable(),
      course_shortname: z.string().nullable(),
      ...FIGURES,
    }),
    z.strictObject({ directorate: Category, unit: Category, ...FIGURES }),
    z.strictObject({ directorate: Category, ...FIGURES }),
    z.strictObject({ extraction_date: LocalDate, ...FIGURES }),
  ])
  .meta({ id: 'SummaryGroup' });

export const ROLLED_UP = {
  courses: 12,
  num_students: 310,
  num_teachers: 14,
  file_views: 1500,
  video_views: 900,
  forum_views: 310,
  quiz_views: 720,
  assignment_views: 260,
  url_views: 110,
  total_views: 3800,
  avg_activity_per_student_per_day: 1.75,
  active_days: 7,
  active_days_span: 7,
};
