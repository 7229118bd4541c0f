import { clockTime, EtlError, parseDate } from '@etl/core';
import { completedRow, localTime, onSnapshot, presentUserActivity, userActivityOf } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseInput } from '../request-input.ts';
import type { Services } from '../services.ts';

const ResultsParams = z.object({ date: z.string() });

/** `GET results/:date`: all merged rows of a date, and what is to be known about them. */
export function resultsRoute(app: FastifyInstance, { warehouse, config }: Services): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/results/:date', async (request) => {
    const date = parseDate(parseInput(ResultsParams, request.params).date);
    // One snapshot: the rows and what is said about them belong to the same run.
    const { merged, rows } = await onSnapshot(warehouse, async (snapshot) => ({
      merged: await completedRow(snapshot, 'main_etl', date),
      rows: await userActivityOf(snapshot, date),
    }));
    if (!merged) throw new EtlError('NOT_FOUND', `No run of ${date} has completed`);
    return {
      status: true,
      data: rows.map((row) => presentUserActivity(row, timeZone)),
      count: rows.length,
      provisional: merged.details.provisional ?? false,
      user_counts_as_of: localTime(merged.details.user_counts_as_of, timeZone),
      extraction_date: date,
      timestamp: clockTime(new Date(), timeZone),
    };
  });
}
