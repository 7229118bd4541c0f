import { clockTime, parseDate, today } from '@etl/core';
import { presentUserActivity, userActivityOf } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseInput, wholeNumber } from '../request-input.ts';
import type { Services } from '../services.ts';

const ExportQuery = z.strictObject({
  limit: wholeNumber(1, 10_000).default(1000),
  offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
  date: z.string().optional(),
  format: z.enum(['json'], 'must be json').default('json'),
});

/** `GET export`: the merged rows of a date (today where none is given), page by page. */
export function exportRoute(app: FastifyInstance, { warehouse, config }: Services): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/export', async (request) => {
    const { limit, offset, ...query } = parseInput(ExportQuery, request.query);
    const date = query.date === undefined ? today(timeZone, new Date()) : parseDate(query.date);
    // One more than asked for tells whether there is a next page.
    const rows = await userActivityOf(warehouse, date, { limit: limit + 1, offset });
    return {
      status: true,
      data: rows.slice(0, limit).map((row) => presentUserActivity(row, timeZone)),
      limit,
      offset,
      has_next: rows.length > limit,
      extraction_date: date,
      timestamp: clockTime(new Date(), timeZone),
    };
  });
}
