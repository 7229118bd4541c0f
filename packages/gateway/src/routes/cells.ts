import { today } from '@etl/core';
import { explainCell, METRICS } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication/caller.ts';
import type { ConditionalRead } from '../conditional-reads.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { CELL, Cell } from '../contract/cell-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { courseIdText, dateText, oneOf } from '../request-input.ts';
import type { Services } from '../services.ts';

const CELL_ROUTE = {
  tags: ['Cells'],
  summary: 'Where a figure of a course and date comes from',
  description:
    'The value, its definition and formula, the rows of Moodle that were counted, the run, and what the value was before. For a course without a row: why. 404 if no run of the date has completed, or the caller can read no such course.',
  params: z.object({
    date: dateText,
    moodle_course_id: courseIdText,
    metric: oneOf(METRICS).meta({ description: 'The figure' }),
  }),
  conditional: true,
  response: { 200: answerBody({ data: Cell }, { data: CELL }) },
  errors: ['NOT_FOUND'],
} satisfies FastifySchema;

/** `GET cells/:date/:moodle_course_id/:metric`: a figure explains itself. */
export function cellRoute(app: ZodApp, { config }: Services, read: ConditionalRead): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/cells/:date/:moodle_course_id/:metric', { schema: CELL_ROUTE }, (request, reply) => {
    const { date, moodle_course_id: course, metric } = request.params;
    const showsRequester = callerOf(request).role === 'administrator';
    return read(
      request,
      reply,
      ({ snapshot, scope, at }) =>
        explainCell(snapshot, {
          scope,
          date,
          course,
          metric,
          timeZone,
          today: today(timeZone, at),
          showsRequester,
        }),
      (data) => answerOf({ data }, timeZone),
    );
  });
}
