import { Batch, clockTime, parseDate, SCHEDULER_STATUS, type SchedulerStatus } from '@etl/core';
import { presentSchedulerRow, schedulerRows } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseInput, wholeNumber } from '../request-input.ts';
import type { Services } from '../services.ts';

const CODES = Object.values(SCHEDULER_STATUS).toSorted();

const SchedulerQuery = z.strictObject({
  limit: wholeNumber(1, 10_000).default(100),
  offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  date: z.string().optional(),
  batch_name: Batch.optional(),
  status: z
    .enum(CODES.map(String), `must be one of ${CODES.join(', ')}`)
    .transform((code) => Number(code) as SchedulerStatus)
    .optional(),
});

/** `GET scheduler_data`: the rows of `log_scheduler`, newest first. */
export function schedulerDataRoute(app: FastifyInstance, { warehouse, config }: Services): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/scheduler_data', async (request) => {
    const { limit, offset, date, batch_name, status } = parseInput(SchedulerQuery, request.query);
    const rows = await schedulerRows(warehouse, {
      limit,
      offset,
      batch: batch_name,
      status,
      date: date === undefined ? undefined : parseDate(date),
    });
    return {
      status: true,
      data: rows.map((row) => presentSchedulerRow(row, timeZone)),
      limit,
      offset,
      timestamp: clockTime(new Date(), timeZone),
    };
  });
}
