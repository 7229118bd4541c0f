import { clockTime, EtlError, parseDate } from '@etl/core';
import {
  completedRow,
  fromSnapshot,
  localTime,
  userActivityPages,
  userActivityPresenter,
} from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { SendText } from '../export/stream.ts';
import { jsonElements } from '../export/text-formats.ts';
import { parseInput } from '../request-input.ts';
import type { Services } from '../services.ts';

const ResultsParams = z.object({ date: z.string() });

/** `GET results/:date`: all merged rows of a date, and what is to be known about them. */
export function resultsRoute(
  app: FastifyInstance,
  { warehouse, config }: Services,
  sendText: SendText,
): void {
  const timeZone = config.ETL_TIMEZONE;
  const present = userActivityPresenter(timeZone);
  app.get('/results/:date', async (request, reply) => {
    const date = parseDate(parseInput(ResultsParams, request.params).date);
    // One snapshot: the rows and what is said about them belong to the same run.
    const text = fromSnapshot(warehouse, async function* (trx) {
      const merged = await completedRow(trx, 'main_etl', date);
      if (!merged) throw new EtlError('NOT_FOUND', `No run of ${date} has completed`);
      let count = 0;
      const counted = async function* () {
        for await (const page of userActivityPages(trx, date)) {
          count += page.length;
          yield page;
        }
      };
      yield '{"status":true,"data":[';
      yield* jsonElements(counted(), present);
      const rest = {
        count,
        provisional: merged.details.provisional ?? false,
        user_counts_as_of: localTime(merged.details.user_counts_as_of, timeZone),
        extraction_date: date,
        timestamp: clockTime(new Date(), timeZone),
      };
      yield `],${JSON.stringify(rest).slice(1)}`;
    });
    return sendText(reply, text, { 'content-type': 'application/json; charset=utf-8' });
  });
}
