import { BATCHES, Batch, clockTime, SCHEDULER_STATUS, type SchedulerStatus } from '@etl/core';
import {
  type LogSchedulerRow,
  MOST_SCHEDULER_ROWS,
  presentSchedulerRow,
  schedulerRows,
} from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { schedulerRowFor } from '../authentication/for-viewers.ts';
import type { ConcurrencyLimit } from '../concurrency-limit.ts';
import { answerBody, type FieldsBesideRows } from '../contract/answers.ts';
import { SCHEDULER_ROW, SchedulerRow } from '../contract/run-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { cursorAfter, cursorInput, cursorOutput, idOfCursor } from '../cursor.ts';
import { dateText, offset, wholeNumber } from '../request-input.ts';
import { sendRows } from '../rows-body.ts';
import type { Services } from '../services.ts';

const CODES = Object.values(SCHEDULER_STATUS).toSorted();

/** The list that cursors belong to. */
const PAGED = 'scheduler_data';

const SchedulerQuery = z.strictObject({
  limit: wholeNumber(1, MOST_SCHEDULER_ROWS).default(100).meta({ description: 'The most rows of an answer' }),
  offset,
  cursor: cursorInput,
  date: dateText.optional(),
  batch_name: z
    .enum(Batch.options, `must be one of ${BATCHES.join(', ')}`)
    .optional()
    .meta({ description: 'Default: all batches' }),
  status: z
    .enum(CODES.map(String), `must be one of ${CODES.join(', ')}`)
    .transform((code) => Number(code) as SchedulerStatus)
    .optional()
    .meta({ description: '1 finished, 2 in progress, 3 failed, 4 queued' }),
});

const SCHEDULER_DATA = {
  tags: ['State'],
  summary: 'The rows of log_scheduler, newest first',
  querystring: SchedulerQuery,
  response: {
    200: answerBody(
      {
        data: z.array(SchedulerRow),
        limit: z.int(),
        offset: z.int(),
        has_next: z.boolean(),
        next_cursor: cursorOutput,
      },
      {
        data: [SCHEDULER_ROW],
        limit: 1,
        offset: 0,
        has_next: true,
        next_cursor: cursorAfter(3, PAGED),
      },
    ),
  },
} satisfies FastifySchema;

/** `GET scheduler_data`: the rows of `log_scheduler`, newest first. */
export function schedulerDataRoute(
  app: ZodApp,
  { warehouse, config }: Services,
  heavyReads: ConcurrencyLimit,
): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/scheduler_data', { schema: SCHEDULER_DATA }, (request, reply) => {
    const { limit, offset, cursor, date, batch_name, status } = request.query;
    return heavyReads.run(request, reply, async () => {
      const rows = await schedulerRows(warehouse, {
        // The extra row shows whether there is a next page.
        limit: limit + 1,
        offset,
        before: idOfCursor({ cursor, offset }, PAGED),
        batch: batch_name,
        status,
        date,
      });
      const page = rows.slice(0, limit);
      const next = rows.length > limit ? page.at(-1) : undefined;
      const present = (row: LogSchedulerRow) => schedulerRowFor(request, presentSchedulerRow(row, timeZone));
      return sendRows(reply, page, present, {
        limit,
        offset,
        has_next: next !== undefined,
        next_cursor: next ? cursorAfter(next.id, PAGED) : null,
        timestamp: clockTime(new Date(), timeZone),
      } satisfies FieldsBesideRows<(typeof SCHEDULER_DATA.response)[200]>);
    });
  });
}
