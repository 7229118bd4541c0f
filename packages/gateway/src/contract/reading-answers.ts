import { FIGURE_STATES, METRICS, POINT_STATES } from '@etl/warehouse';
import { z } from 'zod';
import { comparedWithheldCourses, count, LocalDate, moodleId, Time, withheldCourses } from './answers.ts';

/** The schemas of the answers that a page shows to people. */

export const Me = z
  .strictObject({
    username: z.string(),
    role: z.enum(['administrator', 'viewer']),
    scope: z
      .array(
        z.strictObject({
          id: moodleId,
          idnumber: z.string().nullable(),
          name: z.string(),
          level: z.int().positive().meta({ description: '1 at the top of the category tree' }),
        }),
      )
      .nullable()
      .meta({ description: 'The categories that the caller reads, with all below them. null: everything' }),
    view_as: z
      .strictObject({ directorate: z.string().nullable(), unit: z.string().nullable() })
      .nullable()
      .meta({ description: 'As which viewer an administrator looks at the figures. null: as itself' }),
    suppress_below: count.meta({
      description:
        'The caller sees no figures of a course and date with fewer students than this. 0: it sees all',
    }),
    time_zone: z.string(),
    first_date: LocalDate.nullable().meta({ description: 'The first date with figures' }),
    last_completed_date: LocalDate.nullable(),
    last_final_date: LocalDate.nullable().meta({
      description: 'The newest date whose figures are of the whole day: the default of `to`',
    }),
    last_completed_at: Time.nullable().meta({
      description: 'When the newest merge completed, of whatever date: the figures are as of then',
    }),
    version: z.string(),
  })
  .meta({ id: 'Me' });

export const ME: z.infer<typeof Me> = {
  username: 'dean',
  role: 'viewer',
  scope: [{ id: 2, idnumber: 'FTI', name: 'Engineering', level: 1 }],
  view_as: null,
  suppress_below: 0,
  time_zone: 'Asia/Jakarta',
  first_date: '2023-08-01',
  last_completed_date: '2024-01-16',
  last_final_date: '2024-01-15',
  last_completed_at: '2024-01-16 14:15:02',
  version: '0.2.0',
};

export const DayReport = z
  .strictObject({
    extraction_date: LocalDate,
    state: z.enum(FIGURE_STATES).meta({
      description:
        'Of the figures. `purged`: kept although Moodle has deleted log rows of the date. What runs or failed since is in `last_run`.',
    }),
    last_run: z
      .strictObject({
        run_id: z.string(),
        status: z.enum(['not_started', 'queued', 'running', 'completed', 'failed']),
      })
      .nullable(),
    due_at: Time.nullable().meta({
      description: 'Until then the figures are in time. null if the date is in the future',
    }),
    late: z.boolean().meta({ description: 'There are no final figures, and the alert `late` is active' }),
    completed_at: Time.nullable(),
    restated_at: Time.nullable().meta({
      description: 'When a run last changed final figures that the caller may see',
    }),
    user_counts_as_of: Time.nullable().meta({ description: 'When the enrolments were counted' }),
    total_views: count
      .nullable()
      .meta({ description: 'null if there are no figures, or all rows of the date are withheld' }),
  })
  .meta({ id: 'DayReport' });

export const DAY_REPORT: z.infer<typeof DayReport> = {
  extraction_date: '2024-01-15',
  state: 'final',
  last_run: { run_id: '4b0c6d5e-8f1a-4c3b-9d2e-7a6f5e4d3c2b', status: 'completed' },
  due_at: '2024-01-16 23:59:59',
  late: false,
  completed_at: '2024-01-16 02:00:03',
  restated_at: null,
  user_counts_as_of: '2024-01-16 02:00:01',
  total_views: 3800,
};

const Point = z
  .strictObject({
    from: LocalDate,
    to: LocalDate,
    partial: z.boolean().meta({ description: 'The range contains only a part of the week or month' }),
    value: z
      .number()
      .nullable()
      .meta({ description: 'null if nothing was extracted, or all rows are withheld' }),
    state: z.enum(POINT_STATES).meta({
      description:
        '`incomplete`: some dates have figures, others are missing or in the future. Else the state that says most.',
    }),
  })
  .meta({ id: 'Point' });

/** A figure beside that of the compared range. */
export const ComparedFigure = z
  .strictObject({
    value: z.number().nullable(),
    compared: z.number().nullable(),
    change: z.number().nullable().meta({
      description:
        '(value - compared) / compared, rounded to 4 places. null if one is null, if `compared` is 0, or if the missing dates of both ranges differ. Also null if the course that is asked for has withheld rows in either range.',
    }),
  })
  .meta({ id: 'ComparedFigure' });

export const Series = z
  .strictObject({
    points: z.array(Point),
    compared: z.array(Point).nullable().meta({ description: 'The counterpart of each point' }),
    totals: z.strictObject(
      Object.fromEntries(METRICS.map((metric) => [metric, ComparedFigure])) as Record<
        (typeof METRICS)[number],
        typeof ComparedFigure
      >,
    ),
    missing_dates: z.array(LocalDate).meta({ description: 'Dates without a completed merge' }),
    compared_missing_dates: z.array(LocalDate),
    withheld_courses: withheldCourses,
    compared_withheld_courses: comparedWithheldCourses,
  })
  .meta({ id: 'Series' });

const point = { from: '2024-01-15', to: '2024-01-15', partial: false, value: 3800, state: 'final' } as const;
const nothing = { value: null, compared: null, change: null };
export const SERIES: z.infer<typeof Series> = {
  points: [point],
  compared: [{ ...point, from: '2024-01-14', to: '2024-01-14', value: 3040 }],
  totals: {
    ...(Object.fromEntries(METRICS.map((metric) => [metric, nothing])) as z.infer<typeof Series>['totals']),
    total_views: { value: 3800, compared: 3040, change: 0.25 },
  },
  missing_dates: [],
  compared_missing_dates: [],
  withheld_courses: 0,
  compared_withheld_courses: 0,
};
