import { perViewKind } from '@etl/core';
import { z } from 'zod';
import { count, EXAMPLE_DATE, LocalDate, moodleId, Time } from './answers.ts';

/** The schemas of answers with figures. */

const moodleCourseId = moodleId
  .nullable()
  .meta({ description: 'null in rows of the PHP system, which did not store it' });

/** Of a course and a day, or of several. The order is that of the answers. */
const VIEWS = {
  ...perViewKind(({ component, label }) =>
    count.meta({ description: `${label}: views of \`${component}\`` }),
  ),
  total_views: count,
  avg_activity_per_student_per_day: z
    .number()
    .nullable()
    .meta({ description: 'total_views / num_students / active_days; null if either divisor is 0' }),
};

/** The documented example has six kinds. A further kind has no views in it. */
const exampleViews = (counts: readonly number[]) => perViewKind((_, index) => counts[index] ?? 0);

export const UserActivity = z
  .strictObject({
    id: z.int(),
    course_id: z
      .string()
      .nullable()
      .meta({ description: "The idnumber of the course's category. Courses of a category share it." }),
    id_number: z.string().nullable().meta({ description: 'The idnumber of the course' }),
    course_name: z.string().nullable(),
    course_shortname: z.string().nullable(),
    num_teachers: count,
    num_students: count,
    ...VIEWS,
    active_days: count.meta({ description: '1 if any module was viewed, else 0' }),
    extraction_date: LocalDate,
    created_at: Time,
    updated_at: Time,
    moodle_course_id: moodleCourseId,
    category_id: moodleId,
    category_path: z.string(),
  })
  .meta({ id: 'UserActivity' });
export type UserActivity = z.infer<typeof UserActivity>;

export const USER_ACTIVITY = {
  id: 1,
  course_id: 'FTI-IF',
  id_number: 'IF101',
  course_name: 'Introduction to Programming',
  course_shortname: 'INTRO_PROG',
  num_teachers: 2,
  num_students: 25,
  ...exampleViews([150, 300, 75, 200, 100, 50]),
  total_views: 875,
  avg_activity_per_student_per_day: 35,
  active_days: 1,
  extraction_date: EXAMPLE_DATE,
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
      'Enrolments: the sum over courses, each by its newest row of the range. A person in two courses counts twice.',
  }),
  num_teachers: count,
  ...VIEWS,
  active_days: count.meta({ description: 'Days with activity' }),
  active_days_span: count.meta({
    description: 'Days from the first active day to the last, both included',
  }),
};

export const RolledUp = z.strictObject(FIGURES).meta({ id: 'RolledUp' });

export const CATEGORY = z
  .strictObject({ id: moodleId, idnumber: z.string().nullable(), name: z.string() })
  .nullable()
  .meta({ description: 'null if the category does not exist or no longer exists' });

export const COURSE_NAMES = {
  course_id: z.string().nullable(),
  id_number: z.string().nullable(),
  course_name: z.string().nullable(),
  course_shortname: z.string().nullable(),
};

export const SummaryGroup = z
  .union([
    z.strictObject({
      moodle_course_id: moodleCourseId,
      ...COURSE_NAMES,
      ...FIGURES,
    }),
    z.strictObject({ directorate: CATEGORY, unit: CATEGORY, ...FIGURES }),
    z.strictObject({ directorate: CATEGORY, ...FIGURES }),
    z.strictObject({ extraction_date: LocalDate, ...FIGURES }),
  ])
  .meta({ id: 'SummaryGroup' });
export type SummaryGroup = z.infer<typeof SummaryGroup>;

export const ROLLED_UP = {
  courses: 12,
  num_students: 310,
  num_teachers: 14,
  ...exampleViews([1500, 900, 310, 720, 260, 110]),
  total_views: 3800,
  avg_activity_per_student_per_day: 1.75,
  active_days: 7,
  active_days_span: 7,
};
