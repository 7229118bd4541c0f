import { categoryFigures, datesToRead, parseRange } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import type { ConditionalRead } from '../conditional-reads.ts';
import { answerBody, answerOf, count, moodleId, withheldCourses } from '../contract/answers.ts';
import { CATEGORY, ROLLED_UP, RolledUp } from '../contract/figure-answers.ts';
import {
  change,
  RANGE_EXAMPLE,
  RANGE_FIELDS,
  rangeFields,
  WEEKLY_EXAMPLE,
  weekly,
} from '../contract/range-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { compareInput, rangeInput } from '../range-input.ts';
import { categoryText } from '../request-input.ts';
import type { Services } from '../services.ts';

const CategoriesQuery = z.strictObject({
  ...rangeInput,
  parent: categoryText.optional().meta({
    description:
      'The id or idnumber of a category: its children. Default: the root, or the category that the scope of the caller begins at',
  }),
  compare: compareInput,
});

const FIGURES = {
  ...RolledUp.shape,
  active_courses: count.meta({ description: 'Courses with activity' }),
  change,
};

const CategoryFigures = z.strictObject(FIGURES).meta({ id: 'CategoryFigures' });

const CategoryChild = z
  .strictObject({
    id: moodleId
      .nullable()
      .meta({ description: 'null: all rows whose category is gone (only for administrators, at the root)' }),
    idnumber: z.string().nullable(),
    name: z.string().nullable(),
    is_parent: z.boolean().meta({
      description: "true: the parent's own courses, which are in none of its children",
    }),
    has_children: z.boolean(),
    ...FIGURES,
    weekly,
    withheld_courses: withheldCourses,
  })
  .meta({ id: 'CategoryChild' });

const EXAMPLE_FIGURES = { ...ROLLED_UP, active_courses: 10, change: -0.125 };

const CATEGORIES = {
  tags: ['Figures'],
  summary: 'The children of a category with their figures',
  description:
    "Each child has the figures of its whole subtree. Views add up to `totals`. The parent's own courses are one element with `is_parent`. A course that moved counts in each category with the rows that it had there.",
  querystring: CategoriesQuery,
  conditional: true,
  response: {
    200: answerBody(
      {
        path: z.array(CATEGORY.unwrap()).meta({
          description:
            'The categories from the top down to the one whose children these are. Empty at the root, and if the scope of the caller begins at several categories.',
        }),
        data: z.array(CategoryChild),
        totals: CategoryFigures,
        ...RANGE_FIELDS,
      },
      {
        path: [],
        data: [
          {
            id: 2,
            idnumber: 'FTI',
            name: 'Engineering',
            is_parent: false,
            has_children: true,
            ...EXAMPLE_FIGURES,
            weekly: WEEKLY_EXAMPLE,
            withheld_courses: 0,
          },
        ],
        totals: EXAMPLE_FIGURES,
        ...RANGE_EXAMPLE,
      },
    ),
  },
} satisfies FastifySchema;

/** `GET categories`: the children of a category. */
export function categoriesRoute(app: ZodApp, { config }: Services, read: ConditionalRead): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/categories', { schema: CATEGORIES }, (request, reply) => {
    const { parent, compare, ...dates } = request.query;
    const asked = parseRange(dates);
    return read(
      request,
      reply,
      async (reading) => {
        const range = await datesToRead(reading.snapshot, asked, { timeZone, now: reading.at });
        return { range, ...(await categoryFigures({ ...reading, ...range }, { parent, compare })) };
      },
      ({ range, path, children, totals, comparison }) =>
        answerOf(
          { path, data: children, totals, ...rangeFields(range, compare ?? null, comparison) },
          timeZone,
        ),
    );
  });
}
