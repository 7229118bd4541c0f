import { nextScheduledRun } from '@etl/core';
import { statusReport } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { reportFor } from '../authentication/for-viewers.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { STATUS_REPORT, StatusReport } from '../contract/run-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { dateText } from '../request-input.ts';
import type { Services } from '../services.ts';

const STATUS = {
  tags: ['State'],
  summary: 'The newest run of a date, or of all dates',
  description: 'With the newest state of each batch for the date of the run.',
  querystring: z.strictObject({ date: dateText.optional() }),
  response: { 200: answerBody({ data: StatusReport }, { data: STATUS_REPORT }) },
} satisfies FastifySchema;

/** `GET status`: the newest run of a date or of all dates, with the newest state of each batch for its date. */
export function statusRoute(app: ZodApp, { warehouse, config, now }: Services): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/status', { schema: STATUS }, async (request) => {
    const { date } = request.query;
    const clocks = { timeZone, nextRunAt: nextScheduledRun(config, now()) };
    return answerOf({ data: reportFor(request, await statusReport(warehouse, date, clocks)) }, timeZone);
  });
}
