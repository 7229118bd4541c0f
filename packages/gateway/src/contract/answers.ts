import { clockTime, ERROR_CODES } from '@etl/core';
import { z } from 'zod';

export const EXAMPLE_DATE = '2024-01-15';

export const LocalDate = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/)
  .meta({ description: 'A calendar day, `YYYY-MM-DD`', example: EXAMPLE_DATE });

export const Time = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/)
  .meta({ description: 'In the time zone of `ETL_TIMEZONE`', example: `${EXAMPLE_DATE} 10:30:00` });

export const count = z.int().nonnegative();

export const withheldCourses = count.meta({
  description:
    'Courses with a row that is in no figure of the answer, because it has fewer students than viewers may see. 0 for administrators',
});
export const comparedWithheldCourses = count.meta({
  description: 'Such courses of the compared range. 0 if nothing is compared',
});
/** A number, or text if it is greater than 2^53. */
export const moodleId = z
  .union([z.int(), z.string().regex(/^\d+$/)])
  .meta({ description: 'A Moodle id: text if it is greater than 2^53' });

export const EXAMPLE_TIMESTAMP = `${EXAMPLE_DATE} 10:30:00`;

/** The schema of a successful answer. `example` is its example without `status` and `timestamp`. */
export function answerBody<Shape extends z.core.$ZodLooseShape>(shape: Shape, example: object) {
  return z
    .strictObject({ status: z.literal(true), ...shape, timestamp: Time })
    .meta({ examples: [{ status: true, ...example, timestamp: EXAMPLE_TIMESTAMP }] });
}

/** The fields of a successful answer beside its rows, which are written as text. */
export type FieldsBesideRows<Answer extends z.ZodType> = Omit<z.infer<Answer>, 'status' | 'data'>;

/** A successful answer with the current time. */
export function answerOf<Fields extends object>(fields: Fields, timeZone: string) {
  return { status: true as const, ...fields, timestamp: clockTime(new Date(), timeZone) };
}

export const ErrorBody = z
  .strictObject({
    status: z.literal(false),
    error: z.string(),
    code: z.enum(ERROR_CODES),
    details: z.record(z.string(), z.string()).optional(),
    timestamp: Time,
  })
  .meta({ id: 'Error' });
