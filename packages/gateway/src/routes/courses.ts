import { aboutFile, FILE_FORMATS, fileParts, LISTED_COURSES, pagesOf } from '@etl/files';
import {
  COURSE_FILTERS,
  COURSE_SORTS,
  courseList,
  datesToRead,
  fileFacts,
  METRICS,
  ORDERS,
  parseRange,
} from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import type { ConditionalRead } from '../conditional-reads.ts';
import { answerBody, answerOf, count, LocalDate, moodleId } from '../contract/answers.ts';
import { NOT_COUNTED, NotCountedCourse } from '../contract/cell-answers.ts';
import { CATEGORY, COURSE_NAMES, ROLLED_UP, RolledUp } from '../contract/figure-answers.ts';
import {
  change,
  RANGE_EXAMPLE,
  RANGE_FIELDS,
  rangeFields,
  WEEKLY_EXAMPLE,
  weekly,
} from '../contract/range-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { cursorInput, cursorOutput, placeCursor, placeOfCursor } from '../cursor.ts';
import { documentedFiles, fileHeaders } from '../export/file-headers.ts';
import { sendParts } from '../export/stream.ts';
import { compareInput, rangeInput } from '../range-input.ts';
import { categoryText, oneOf, wholeNumber } from '../request-input.ts';
import type { Services } from '../services.ts';

const MOST_LETTERS = 200;

const COURSES_BY_DEFAULT = 50;

const CoursesQuery = z.strictObject({
  ...rangeInput,
  category: categoryText.optional(),
  q: z
    .string()
    .min(1, 'must not be empty')
    .max(MOST_LETTERS, `must have at most ${MOST_LETTERS} letters`)
    .optional()
    .meta({ description: 'A part of the name, short name or idnumber, in upper or lower case' }),
  filter: oneOf(COURSE_FILTERS).default('all').meta({
    description:
      '`silent`: views in the 28 days before the range and none in it, and a row on its newest completed date. `new`: no row in the 28 days before. `falling`, `rising`: by `change`',
  }),
  sort: oneOf(COURSE_SORTS)
    .default('total_views')
    .meta({ description: 'A figure, `name`, `change` or `last_active`' }),
  order: oneOf(ORDERS).optional().meta({ description: 'Default: asc by name, else desc. null comes last.' }),
  limit: wholeNumber(1, 500)
    .optional()
    .meta({ description: `Default: ${COURSES_BY_DEFAULT}, in files all courses` }),
  cursor: cursorInput.meta({ description: '`next_cursor` of the previous page of the same query' }),
  compare: compareInput.meta({
    description:
      '`previous`: the equally long range before. `year`: 364 days before. Default: `previous` if `filter` or `sort` needs a change, else nothing',
  }),
  format: oneOf(['json', ...FILE_FORMATS])
    .default('json')
    .meta({ description: 'Files have all courses that match, unless `limit` or `cursor` is given' }),
});

const FIGURES = Object.fromEntries(METRICS.map((figure) => [figure, RolledUp.shape[figure]])) as Pick<
  typeof RolledUp.shape,
  (typeof METRICS)[number]
>;
const EXAMPLE_FIGURES = Object.fromEntries(METRICS.map((figure) => [figure, ROLLED_UP[figure]]));

const ListedCourse = z
  .strictObject({
    moodle_course_id: moodleId,
    ...COURSE_NAMES,
    category: CATEGORY,
    ...FIGURES,
    change,
    last_active: LocalDate.nullable().meta({
      description: 'The last date of the range with activity; of a silent course, else of the 28 days before',
    }),
    weekly,
  })
  .meta({ id: 'ListedCourse' });

const EXAMPLE = {
  moodle_course_id: 42,
  course_id: 'FTI-IF',
  id_number: 'IF101',
  course_name: 'Introduction to Programming',
  course_shortname: 'INTRO_PROG',
  category: { id: 7, idnumber: 'FTI-IF', name: 'Informatics' },
  ...EXAMPLE_FIGURES,
  change: -0.125,
  last_active: '2024-01-12',
  weekly: WEEKLY_EXAMPLE,
};

const JsonAnswer = answerBody(
  {
    data: z.array(ListedCourse),
    count: count.meta({ description: 'All courses that match' }),
    limit: z.int(),
    has_next: z.boolean(),
    next_cursor: cursorOutput,
    not_counted: z.array(NotCountedCourse).nullable().meta({
      description:
        'With `q`: courses that match, and that the merge of the newest completed date of the range left out. 20 at most. null without `q`.',
    }),
    ...RANGE_FIELDS,
  },
  {
    data: [EXAMPLE],
    count: 1,
    limit: 50,
    has_next: false,
    next_cursor: null,
    not_counted: [NOT_COUNTED],
    ...RANGE_EXAMPLE,
  },
);

/** The columns of the category and of the weeks are beside the others. */
const CSV_EXAMPLE = (() => {
  const { category, weekly, change, last_active, ...figures } = EXAMPLE;
  const { moodle_course_id, course_id, id_number, course_name, course_shortname, ...sums } = figures;
  const row = {
    ...{ moodle_course_id, course_id, id_number, course_name, course_shortname },
    ...Object.fromEntries(Object.entries(category).map(([field, value]) => [`category_${field}`, value])),
    ...{ ...sums, change, last_active },
    ...Object.fromEntries(weekly.map((views, week) => [`weekly_${week + 1}`, views])),
  };
  return `${Object.keys(row).join()}\r\n${Object.values(row).join()}\r\n`;
})();

const COURSES = {
  tags: ['Figures'],
  summary: 'Courses with their figures',
  description:
    'Courses that have a row in the range, page by page, or all of them as a file. Names, enrolments and the category are those of the newest row. Courses of the PHP system are not listed: they have no id.',
  querystring: CoursesQuery,
  conditional: true,
  response: {
    200: {
      content: {
        'application/json': { schema: JsonAnswer },
        ...documentedFiles(CSV_EXAMPLE),
      },
    },
  },
} satisfies FastifySchema;

/** `GET courses`: courses of a range, filtered and sorted. */
export function coursesRoute(app: ZodApp, { config }: Services, read: ConditionalRead): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/courses', { schema: COURSES }, async (request, reply) => {
    const { from, to, cursor, format, limit: most, ...query } = request.query;
    const limit = most ?? (format === 'json' ? COURSES_BY_DEFAULT : Number.POSITIVE_INFINITY);
    const order = query.order ?? (query.sort === 'name' ? 'asc' : 'desc');
    const asked = parseRange({ from, to });
    const answer = await read(
      request,
      reply,
      async (reading) => {
        const range = await datesToRead(reading.snapshot, asked, { timeZone, now: reading.at });
        const list = JSON.stringify([range.from, range.to, { ...query, order }]);
        const after = placeOfCursor(cursor, list);
        const found = await courseList({ ...reading, ...range }, { ...query, order, limit, after });
        const { snapshot, scope } = reading;
        const facts =
          format !== 'json' && (await fileFacts(snapshot, scope, { ...range, category: query.category }));
        return { range, list, facts, ...found };
      },
      (found) => found,
    );
    if (!answer) return reply;
    const { range, list, facts, courses, next } = answer;
    if (format !== 'json' && facts) {
      const asked = { ...query, cursor, limit };
      const about = aboutFile('Courses', asked, facts, timeZone, answer.comparison);
      const content = { table: LISTED_COURSES, pages: pagesOf(courses), about };
      const headers = fileHeaders(`courses_${range.from}_${range.to}`, format);
      return sendParts(request, reply, fileParts(format, content), headers);
    }
    const fields = {
      data: courses,
      count: answer.count,
      limit,
      has_next: next !== null,
      next_cursor: next && placeCursor(next, list),
      not_counted: answer.notCounted,
      ...rangeFields(range, answer.compare, answer.comparison),
    };
    return reply.send(answerOf(fields, timeZone) satisfies z.infer<typeof JsonAnswer>);
  });
}
