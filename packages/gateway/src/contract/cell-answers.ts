import { COURSE_REASONS, RESTATEMENT_REASONS, TRIGGER_TYPES } from '@etl/core';
import { FIGURE_STATES, METRICS } from '@etl/warehouse';
import { z } from 'zod';
import { count, EXAMPLE_DATE, LocalDate, moodleId, Time } from './answers.ts';
import { CATEGORY } from './figure-answers.ts';
import { RUN, runId, SettingsDiffer } from './run-answers.ts';

/** The schemas of answers about cells. */

const whyNotCounted = z.enum([...COURSE_REASONS, 'not_there', 'not_viewed', 'not_recorded']).meta({
  description:
    'Why the course has no row. `not_there`: Moodle had no such course at the merge. `not_viewed`: it had no views of a counted kind, and why it is not counted is kept for the newest 8 dates only. `not_recorded`: an older version merged the date.',
});

const role = z.array(z.int());

export const Cell = z
  .strictObject({
    extraction_date: LocalDate,
    moodle_course_id: z.string(),
    id_number: z.string(),
    course_name: z.string(),
    course_shortname: z.string(),
    metric: z.enum(METRICS),
    value: z
      .number()
      .nullable()
      .meta({ description: 'null if the course has no row, or the average has no value' }),
    definition: z.string().meta({ description: 'What the figure is, in words' }),
    day: z.strictObject({
      from: Time.meta({ description: 'In `time_zone`' }),
      to: Time.meta({ description: 'In `time_zone`' }),
      time_zone: z.string(),
      first_second: z.int().meta({ description: 'Epoch seconds' }),
      last_second: z.int().meta({ description: 'Epoch seconds' }),
    }),
    formula: z
      .strictObject({
        expression: z.string(),
        numbers: z
          .record(z.string(), z.number().nullable())
          .meta({ description: 'null: the number was not recorded' }),
        with_numbers: z.string(),
      })
      .nullable()
      .meta({ description: 'null if the course has no row' }),
    sources: z.array(
      z.strictObject({
        table: z.string().meta({ description: "Without Moodle's prefix" }),
        component: z
          .string()
          .nullable()
          .meta({ description: 'null: none of those with a kind, or not the log' }),
        rows: count.nullable().meta({ description: 'null if it was not recorded' }),
        counted: z.enum(['rows', 'people']),
        filter: z.string().meta({ description: 'The condition of the SQL statement that counts them' }),
      }),
    ),
    not_counted: z
      .strictObject({
        reason: whyNotCounted,
        sentence: z.string(),
        views: count.nullable().meta({ description: 'Views that are in no figure; null if not recorded' }),
        last_date: LocalDate.nullable().meta({ description: 'The newest date of which it has a row' }),
      })
      .nullable()
      .meta({ description: 'null if the course has a row' }),
    roles: z.strictObject({ students: role, teachers: role }).nullable().meta({
      description: 'The role ids that were counted; null if not recorded',
    }),
    run: z.strictObject({
      run_id: runId,
      trigger_type: z.enum(TRIGGER_TYPES),
      completed_at: Time.nullable(),
      requested_by: z.string().nullable().meta({ description: 'null for viewers' }),
    }),
    user_counts_as_of: Time.nullable().meta({ description: 'When the enrolments were counted' }),
    state: z.enum(FIGURE_STATES),
    provisional: z.boolean(),
    settings_differ: SettingsDiffer,
    history: z
      .array(
        z.strictObject({
          value: z
            .number()
            .nullable()
            .meta({ description: 'null if the course had no row that the caller may read' }),
          run_id: runId.meta({ description: 'The run that had made the value' }),
          completed_at: Time.nullable().meta({ description: 'When that run completed' }),
          why: z.array(z.enum(RESTATEMENT_REASONS)).meta({ description: 'Why a later run replaced it' }),
        }),
      )
      .meta({ description: 'Former values of a final date, newest first' }),
    history_complete: z.boolean().meta({
      description:
        'false if former values may be missing: a restatement of the date changed more courses than it lists, or replaced figures of the PHP system, or a version before ledgers merged the date',
    }),
  })
  .meta({ id: 'Cell' });

const VIEWED = "courseid = 42 AND contextlevel = 70 AND action = 'viewed' AND component = 'mod_resource'";

export const CELL = {
  extraction_date: EXAMPLE_DATE,
  moodle_course_id: '42',
  id_number: 'IF101',
  course_name: 'Introduction to Programming',
  course_shortname: 'INTRO_PROG',
  metric: 'file_views',
  value: 152,
  definition: "Files: rows of Moodle's standard log about this course on this day, …",
  day: {
    from: `${EXAMPLE_DATE} 00:00:00`,
    to: `${EXAMPLE_DATE} 23:59:59`,
    time_zone: 'Asia/Jakarta',
    first_second: 1705251600,
    last_second: 1705337999,
  },
  formula: { expression: 'log rows of mod_resource', numbers: { mod_resource: 152 }, with_numbers: '152' },
  sources: [
    {
      table: 'logstore_standard_log',
      component: 'mod_resource',
      rows: 152,
      counted: 'rows',
      filter: `${VIEWED} AND timecreated BETWEEN 1705251600 AND 1705337999`,
    },
  ],
  not_counted: null,
  roles: { students: [5], teachers: [3, 4] },
  run: {
    run_id: RUN,
    trigger_type: 'catch_up',
    completed_at: '2024-01-17 02:00:03',
    requested_by: 'schedule',
  },
  user_counts_as_of: '2024-01-17 02:00:01',
  state: 'final',
  provisional: false,
  settings_differ: false,
  history: [{ value: 150, run_id: RUN, completed_at: '2024-01-16 02:00:03', why: ['late_rows'] }],
  history_complete: true,
};

/** A course that a search has found, and that a merge left out. */
export const NotCountedCourse = z
  .strictObject({
    moodle_course_id: moodleId,
    id_number: z.string().nullable(),
    course_name: z.string().nullable(),
    course_shortname: z.string().nullable(),
    category: CATEGORY,
    extraction_date: LocalDate.meta({ description: 'The date whose merge left the course out' }),
    reason: whyNotCounted,
    sentence: z.string(),
    last_date: LocalDate.nullable().meta({ description: 'The newest date of which it has a row' }),
  })
  .meta({ id: 'NotCountedCourse' });

export const NOT_COUNTED = {
  moodle_course_id: 57,
  id_number: 'IF207',
  course_name: 'Programming in Practice',
  course_shortname: 'PROG_PRACTICE',
  category: { id: 7, idnumber: 'FTI-IF', name: 'Informatics' },
  extraction_date: '2024-01-14',
  reason: 'course_hidden',
  sentence: 'The course was hidden in Moodle when the date was merged.',
  last_date: '2024-01-13',
};
