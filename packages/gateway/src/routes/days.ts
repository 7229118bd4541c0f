import { dueDates } from '@etl/alerts';
import { today } from '@etl/core';
import { datesToRead, daysReport, migratedAt, parseRange } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import type { ConditionalRead } from '../conditional-reads.ts';
import { answerBody, answerOf } from '../contract/answers.ts';
import { DAY_REPORT, DayReport } from '../contract/reading-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { rangeInput } from '../range-input.ts';
import type { Services } from '../services.ts';

const DAYS = {
  tags: ['Figures'],
  summary: 'The state of the figures of each date',
  querystring: z.strictObject(rangeInput),
  response: { 200: answerBody({ data: z.array(DayReport) }, { data: [DAY_REPORT] }) },
  conditional: true,
} satisfies FastifySchema;

/** `GET days`: each date of a range, the state of its figures and its last run. */
export function daysRoute(app: ZodApp, { config }: Services, readConditionally: ConditionalRead): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/days', { schema: DAYS }, (request, reply) => {
    const asked = parseRange(request.query);
    return readConditionally(
      request,
      reply,
      async ({ snapshot, scope, signal, at }) => {
        const dates = await datesToRead(snapshot, asked, { timeZone, now: at });
        const due = dueDates(await migratedAt(snapshot), config, at);
        const clock = { timeZone, today: today(timeZone, at), due };
        return daysReport({ snapshot, scope, ...dates, signal }, clock);
      },
      (data) => answerOf({ data }, timeZone),
    );
  });
}
