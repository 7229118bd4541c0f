import { EtlError } from '@etl/core';
import {
  datesToRead,
  MOST_LISTED_COURSES,
  parseRange,
  restatedCourses,
  restatementReport,
  restatementsReport,
} from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import type { ConditionalRead } from '../conditional-reads.ts';
import { answerBody, answerOf, LocalDate } from '../contract/answers.ts';
import { RESTATED_COURSE, RESTATEMENT, RestatedCourse, Restatement } from '../contract/ledger-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { cursorAfter, cursorInput, cursorOutput, idOfCursor, placeCursor, placeOfCursor } from '../cursor.ts';
import { rangeInput } from '../range-input.ts';
import { wholeNumber } from '../request-input.ts';
import type { Services } from '../services.ts';

const MOST_ROWS = 1000;
const page = {
  limit: wholeNumber(1, MOST_ROWS).default(100).meta({ description: 'The most elements of a page' }),
  cursor: cursorInput,
};
const pageFields = { has_next: z.boolean(), next_cursor: cursorOutput };
const LAST_PAGE = { has_next: false, next_cursor: null };

const RESTATEMENTS = {
  tags: ['Figures'],
  summary: 'Which final figures later runs changed',
  description:
    'In the order of their ids, the largest first. A restatement is shown if it changed a course that the caller may see.',
  querystring: z.strictObject({ ...rangeInput, ...page }),
  response: {
    200: answerBody(
      { data: z.array(Restatement), from: LocalDate, to: LocalDate, ...pageFields },
      { data: [RESTATEMENT], from: '2024-01-15', to: '2024-01-15', ...LAST_PAGE },
    ),
  },
  conditional: true,
} satisfies FastifySchema;

const ONE = {
  tags: ['Figures'],
  summary: 'A restatement, with the courses that it changed',
  description: `In the order of their ids. Of each restatement ${MOST_LISTED_COURSES} courses are kept: those that came, went, moved, or became or ceased to be a small group, then those whose views changed most. \`courses_changed\` counts all.`,
  params: z.object({
    id: z
      .string()
      .regex(/^(0|[1-9]\d{0,9})$/, 'must be the id of a restatement: a whole number')
      .transform(Number)
      .meta({ type: 'string', description: 'The id of a restatement', example: '42' }),
  }),
  querystring: z.strictObject(page),
  response: {
    200: answerBody(
      { data: z.array(RestatedCourse), restatement: Restatement, ...pageFields },
      { data: [RESTATED_COURSE], restatement: RESTATEMENT, ...LAST_PAGE },
    ),
  },
  conditional: true,
  errors: ['NOT_FOUND'],
} satisfies FastifySchema;

/** `GET restatements` and `GET restatements/:id`: what later runs changed of final figures. */
export function restatementRoutes(
  app: ZodApp,
  { config }: Services,
  readConditionally: ConditionalRead,
): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/restatements', { schema: RESTATEMENTS }, (request, reply) => {
    const { limit, cursor, ...dates } = request.query;
    const asked = parseRange(dates);
    return readConditionally(
      request,
      reply,
      async ({ snapshot, scope, at }) => {
        const range = await datesToRead(snapshot, asked, { timeZone, now: at });
        const list = `restatements of ${range.from} to ${range.to}`;
        const before = idOfCursor({ cursor, offset: 0 }, list);
        // The extra row shows whether there is a next page.
        const rows = await restatementsReport(snapshot, scope, range, { limit: limit + 1, before }, timeZone);
        const data = rows.slice(0, limit);
        const next = rows.length > limit ? data.at(-1) : undefined;
        return {
          data,
          ...range,
          has_next: next !== undefined,
          next_cursor: next ? cursorAfter(next.id, list) : null,
        };
      },
      (found) => answerOf(found, timeZone),
    );
  });

  app.get('/restatements/:id', { schema: ONE }, (request, reply) => {
    const { id } = request.params;
    const { limit, cursor } = request.query;
    return readConditionally(
      request,
      reply,
      async ({ snapshot, scope }) => {
        const restatement = await restatementReport(snapshot, scope, id, timeZone);
        if (!restatement) throw new EtlError('NOT_FOUND', `There is no restatement ${id}`);
        const list = `restatement ${id}`;
        const after = placeOfCursor(cursor, list)?.id;
        const rows = await restatedCourses(snapshot, scope, id, { limit: limit + 1, after });
        const data = rows.slice(0, limit);
        const next = rows.length > limit ? data.at(-1) : undefined;
        const next_cursor = next ? placeCursor({ key: null, id: next.moodle_course_id }, list) : null;
        return { data, restatement, has_next: next !== undefined, next_cursor };
      },
      (found) => answerOf(found, timeZone),
    );
  });
}
