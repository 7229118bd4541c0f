import { EtlError } from '@etl/core';
import { datesToRead, ledgersReport, parseRange } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication/caller.ts';
import type { ConditionalRead } from '../conditional-reads.ts';
import { answerBody, answerOf, LocalDate } from '../contract/answers.ts';
import { DATE_LEDGER, LedgerOfDate } from '../contract/ledger-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { rangeInput } from '../range-input.ts';
import type { Services } from '../services.ts';

const LEDGER = {
  tags: ['Figures'],
  summary: "Where each row of Moodle's log is",
  description:
    'For each date with figures: how many log rows were counted, and how many were left out, by reason. Of a provisional date only part of the day was read. For administrators.',
  querystring: z.strictObject(rangeInput),
  response: {
    200: answerBody(
      {
        data: z.array(LedgerOfDate),
        from: LocalDate,
        to: LocalDate,
        missing_dates: z.array(LocalDate).meta({ description: 'Dates without a completed merge' }),
      },
      {
        data: [{ extraction_date: '2024-01-15', ...DATE_LEDGER }],
        from: '2024-01-15',
        to: '2024-01-15',
        missing_dates: [],
      },
    ),
  },
  conditional: true,
  errors: ['FORBIDDEN'],
} satisfies FastifySchema;

/** `GET ledger`: where each log row of a range of dates is. Its numbers are of the whole institution. */
export function ledgerRoute(app: ZodApp, { config }: Services, readConditionally: ConditionalRead): void {
  const timeZone = config.ETL_TIMEZONE;
  app.get('/ledger', { schema: LEDGER }, (request, reply) => {
    if (callerOf(request).role !== 'administrator') throw new EtlError('FORBIDDEN');
    const asked = parseRange(request.query);
    return readConditionally(
      request,
      reply,
      async ({ snapshot, at }) => {
        const range = await datesToRead(snapshot, asked, { timeZone, now: at });
        return { range, ...(await ledgersReport(snapshot, range)) };
      },
      ({ range, ledgers, missingDates }) =>
        answerOf({ data: ledgers, ...range, missing_dates: missingDates }, timeZone),
    );
  });
}
