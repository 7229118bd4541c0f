import { today } from '@etl/core';
import { DAILY_FIGURES, datesToRead, FIGURE_STATES, METRICS, oneCourse, parseRange } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import type { ConditionalRead } from '../conditional-reads.ts';
import { answerBody, answerOf, count, LocalDate, moodleId } from '../contract/answers.ts';
import { CATEGORY, COURSE_NAMES } from '../contract/figure-answers.ts';
import { RANGE_EXAMPLE, RANGE_FIELDS, rangeFields } from '../contract/range-answers.ts';
import { ComparedFigure } from '../contract/reading-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { compareInput, rangeInput } from '../range-input.ts';
import { courseIdText } from '../request-input.ts';
import type { Services } from '../services.ts';

const CourseParameters = z.object({ moodle_course_id: courseIdText });

const CourseQuery = z.strictObject({ ...rangeInput, compare: compareInput });

function perFigure<Figure extends string, Value>(figures: readonly Figure[], value: Value) {
  return Object.fromEntries(figures.map((figure) => [figure, value])) as Record<Figure, Value>;
}

const CourseDay = z
  .strictObject({
    extraction_date: LocalDate,
    state: z.enum(FIGURE_STATES),
    ...perFigure(DAILY_FIGURES, count.nullable()),
  })
  .meta({
    id: 'CourseDay',
    description: 'Figures are null if nothing was extracted, or the course was not there or hidden.',
  });

const OneCourse = z
  .strictObject({
    moodle_course_id: moodleId,
    ...COURSE_NAMES,
    category_path: z.array(CATEGORY.unwrap()).meta({
      description: 'The categories from the top down; empty if the category of the course is gone',
    }),
    last_active: LocalDate.nullable().meta({ description: 'The last date of the range with activity' }),
    totals: z.strictObject(perFigure(METRICS, ComparedFigure)),
    days: z.array(CourseDay),
  })
  .meta({ id: 'OneCourse' });

const COURSE = {
  tags: ['Figures'],
  summary: 'A course over time',
  description:
    'Names and the category are those of the newest row of the range, or of the newest row of all. 404 if the caller can read no row of the course.',
  params: CourseParameters,
  querystring: CourseQuery,
  conditional: true,
  response: {
    200: answerBody(
      { data: OneCourse, ...RANGE_FIELDS },
      {
        data: {
          moodle_course_id: 42,
          course_id: 'FTI-IF',
          id_number: 'IF101',
          course_name: 'Introduction to Programming',
          course_shortname: 'INTRO_PROG',
          category_path: [
            { id: 2, idnumber: 'FTI', name: 'Engineering' },
            { id: 7, idnumber: 'FTI-IF', name: 'Informatics' },
          ],
          last_active: '2024-01-12',
          totals: perFigure(METRICS, { value: 120, compared: 100, change: 0.2 }),
          days: [{ extraction_date: '2024-01-08', state: 'final', ...perFigure(DAILY_FIGURES, 1) }],
        },
        ...RANGE_EXAMPLE,
      },
    ),
  },
  errors: ['NOT_FOUND'],
} satisfies FastifySchema;

/** `GET courses/:moodle_course_id`: one course, day by day. */
export function courseRoute(app: ZodApp, { config }: Services, read: ConditionalRead): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/courses/:moodle_course_id', { schema: COURSE }, (request, reply) => {
    const { moodle_course_id: id } = request.params;
    const { compare, ...dates } = request.query;
    const asked = parseRange(dates);
    return read(
      request,
      reply,
      async (reading) => {
        const range = await datesToRead(reading.snapshot, asked, { timeZone, now: reading.at });
        const wanted = { id, compare, today: today(timeZone, reading.at) };
        return { range, ...(await oneCourse({ ...reading, ...range }, wanted)) };
      },
      ({ range, course, comparison }) =>
        answerOf({ data: course, ...rangeFields(range, compare ?? null, comparison) }, timeZone),
    );
  });
}
