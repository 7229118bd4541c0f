import { clockTime, nextScheduledRun, parseDate } from '@etl/core';
import { statusReport } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseInput } from '../request-input.ts';
import type { Services } from '../services.ts';

const StatusQuery = z.strictObject({ date: z.string().optional() });

/** `GET status`: the newest run, of a date or of all, and the newest state of each batch for its date. */
export function statusRoute(app: FastifyInstance, { warehouse, config, now }: Services): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/status', async (request) => {
    const { date } = parseInput(StatusQuery, request.query);
    const clocks = { timeZone, nextRunAt: nextScheduledRun(config, now()) };
    return {
      status: true,
      data: await statusReport(warehouse, date === undefined ? undefined : parseDate(date), clocks),
      timestamp: clockTime(new Date(), timeZone),
    };
  });
}
