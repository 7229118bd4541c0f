import { perReason, RESTATEMENT_REASONS } from '@etl/core';
import { LEDGER_STATES, RESTATED_COLUMNS, RESTATED_SUMS } from '@etl/warehouse';
import { z } from 'zod';
import { count, EXAMPLE_DATE, LocalDate, moodleId, Time } from './answers.ts';

/** The schemas of answers about ledgers and restatements. */

const LEDGER_FIELDS = {
  state: z.enum(LEDGER_STATES).meta({
    description: '`not_recorded`: an older version merged the date, or the PHP system made the figures',
  }),
  read: count.nullable().meta({ description: "Rows of Moodle's log that day; null if not recorded" }),
  counted: count.nullable().meta({ description: 'The `total_views` of all courses together' }),
  left_out: z
    .strictObject(perReason(() => count))
    .nullable()
    .meta({
      description: 'Log rows by the reason why they are not counted: the first that is true of a row',
    }),
};

export const DateLedger = z.strictObject(LEDGER_FIELDS).meta({
  id: 'DateLedger',
  description: 'Where each log row of the day is. `read` is `counted` and all of `left_out` together.',
});

export const DATE_LEDGER: z.infer<typeof DateLedger> = {
  state: 'recorded',
  read: 4200,
  counted: 3800,
  left_out: { ...perReason(() => 0), not_an_activity_view: 340, other_module: 40, course_hidden: 20 },
};

export const LedgerOfDate = z
  .strictObject({ extraction_date: LocalDate, ...LEDGER_FIELDS })
  .meta({ id: 'LedgerOfDate' });

const why = z.array(z.enum(RESTATEMENT_REASONS));

function perFigure<Figure extends string, Value>(figures: readonly Figure[], value: Value) {
  return Object.fromEntries(figures.map((figure) => [figure, value])) as Record<Figure, Value>;
}

const Sums = z.strictObject(perFigure(RESTATED_SUMS, count)).meta({ id: 'RestatedSums' });

export const Restatement = z
  .strictObject({
    id: z.int().nonnegative(),
    extraction_date: LocalDate,
    run_id: z.string().meta({ description: 'The run that changed the figures' }),
    restated_at: Time,
    replaced_run_id: z.string().meta({ description: 'The run whose figures were replaced' }),
    replaced_at: Time.nullable().meta({ description: 'When that run had completed' }),
    why,
    old: Sums,
    new: Sums,
    courses_changed: count.nullable().meta({
      description: 'null if the replaced figures are of the PHP system, which kept no ids of courses',
    }),
  })
  .meta({ id: 'Restatement', description: 'Sums and courses are those that the caller may see.' });

const SUMS = { ...perFigure(RESTATED_SUMS, 0), courses: 120, num_students: 2400, num_teachers: 130 };
const views = (number: number) => ({ ...SUMS, file_views: number, total_views: number });

export const RESTATEMENT: z.infer<typeof Restatement> = {
  id: 42,
  extraction_date: EXAMPLE_DATE,
  run_id: '4b0c6d5e-8f1a-4c3b-9d2e-7a6f5e4d3c2b',
  restated_at: '2024-01-17 02:00:04',
  replaced_run_id: '0d3f9f52-0a9b-4d0e-8f6c-5b1c1b6f1a11',
  replaced_at: '2024-01-16 02:00:03',
  why: ['late_rows'],
  old: views(3800),
  new: views(3860),
  courses_changed: 1,
};

const Figures = z
  .strictObject(
    perFigure(RESTATED_COLUMNS, z.union([z.number(), z.string()]).nullable().optional()) as Record<
      string,
      z.ZodType
    >,
  )
  .meta({
    id: 'RestatedFigures',
    description:
      'The columns that differ; all of them if the course came, went, moved, or became or ceased to be a small group',
  });

export const RestatedCourse = z
  .strictObject({
    moodle_course_id: moodleId,
    course_name: z.string(),
    why,
    old: Figures.nullable().meta({ description: 'null if the caller can read no old row' }),
    new: Figures.nullable().meta({ description: 'null if the caller can read no new row' }),
  })
  .meta({ id: 'RestatedCourse' });

export const RESTATED_COURSE = {
  moodle_course_id: 42,
  course_name: 'Introduction to Programming',
  why: ['late_rows'],
  old: { file_views: 100, total_views: 120 },
  new: { file_views: 160, total_views: 180 },
};
