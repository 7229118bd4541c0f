import { EtlError } from '@etl/core';
import { RECOUNT_KEPT_SECONDS, recountOf, requestRecount } from '@etl/queue';
import { courseToRecount, onSnapshot } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { scopeOfCaller } from '../authentication/authenticate.ts';
import { administratorOf, callerOf } from '../authentication/caller.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { COMPLETED_RECOUNT, QUEUED_RECOUNT, RequestedRecount } from '../contract/recount-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import type { RateLimits } from '../rate-limit.ts';
import { courseIdText, dateText, NoBody } from '../request-input.ts';
import type { Services } from '../services.ts';

const MESSAGE = 'Recount queued';

const REQUEST = {
  tags: ['Cells'],
  summary: 'Count a cell in Moodle again',
  description:
    'Queues a small job, in which a worker counts the rows of this course and date in Moodle again. It changes no figure. While a recount of the cell is queued or running, the answer is that one.',
  params: z.object({ date: dateText, moodle_course_id: courseIdText }),
  body: NoBody,
  response: {
    202: answerBody(
      { message: z.literal(MESSAGE), data: RequestedRecount },
      { message: MESSAGE, data: QUEUED_RECOUNT },
    ),
  },
  errors: ['NOT_FOUND', 'QUEUE_UNAVAILABLE'],
} satisfies FastifySchema;

const RESULT = {
  tags: ['Cells'],
  summary: 'The result of a recount',
  description: `For administrators. Results are kept for ${RECOUNT_KEPT_SECONDS / 3600} hour.`,
  params: z.object({
    recount_id: z
      .uuid('must be the id of a recount')
      .meta({ description: 'The `recount_id` of the answer that queued it' }),
  }),
  response: { 200: answerBody({ data: RequestedRecount }, { data: COMPLETED_RECOUNT }) },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'QUEUE_UNAVAILABLE'],
} satisfies FastifySchema;

/** `POST cells/:date/:moodle_course_id/recount` and `GET recounts/:recount_id`, both for administrators. */
export function recountRoutes(
  app: ZodApp,
  { warehouse, queues, config }: Services,
  limits: RateLimits,
): void {
  const timeZone = config.ETL_TIMEZONE;

  app.post('/cells/:date/:moodle_course_id/recount', { schema: REQUEST }, async (request, reply) => {
    const { date, moodle_course_id } = request.params;
    const cell = { extraction_date: date, moodle_course_id };
    await limits.countRecount(request, reply);
    await onSnapshot(warehouse, async (snapshot) =>
      courseToRecount(snapshot, await scopeOfCaller(request, snapshot), date, moodle_course_id),
    );
    const data = await requestRecount(queues, cell);
    request.log.info(
      { ...cell, recountId: data.recount_id, requestedBy: callerOf(request).name },
      'recount requested',
    );
    return reply.status(202).send(answerOf({ message: MESSAGE, data }, timeZone));
  });

  app.get('/recounts/:recount_id', { schema: RESULT }, async (request) => {
    administratorOf(request);
    const { recount_id: id } = request.params;
    const data = await recountOf(queues, id);
    if (!data) throw new EtlError('NOT_FOUND', `There is no recount ${id}. Results are kept for an hour.`);
    return answerOf({ data }, timeZone);
  });
}
