import { clockTime, nextScheduledRun, parseDate } from '@etl/core';
import { statusReport } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { reportFor } from '../authentication/for-viewers.ts';
import { answerBody } from '../contract/answers.ts';
import { type Contract, serve } from '../contract/contract.ts';
import { STATUS_REPORT, StatusReport } from '../contract/run-answers.ts';
import { dateText } from '../request-input.ts';
import type { Services } from '../services.ts';

const StatusQuery = z.strictObject({ date: dateText.optional() });

export const STATUS = {
  method: 'GET',
  path: '/status',
  group: 'State',
  summary: 'The newest run, of a date or of all',
  description: 'And the newest state of each batch for its date.',
  query: StatusQuery,
  answer: { code: 200, body: answerBody({ data: StatusReport }), example: { data: STATUS_REPORT } },
} satisfies Contract<never, typeof StatusQuery>;

/** `GET status`: the newest run, of a date or of all, and the newest state of each batch for its date. */
export function statusRoute(app: FastifyInstance, { warehouse, config, now }: Services): void {
  const timeZone = config.ETL_TIMEZONE;
  serve(app, STATUS, async ({ query: { date } }, request) => {
    const clocks = { timeZone, nextRunAt: nextScheduledRun(config, now()) };
    return {
      status: true,
      data: reportFor(
        request,
        await statusReport(warehouse, date === undefined ? undefined : parseDate(date), clocks),
      ),
      timestamp: clockTime(new Date(), timeZone),
    };
  });
}
