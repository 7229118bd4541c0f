import { clockTime } from '@etl/core';
import { fromSnapshot, resultsFacts, userActivityPages, userActivityPresenter } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { z } from 'zod';
import { scopeOfCaller } from '../authentication/authenticate.ts';
import { ledgerFor } from '../authentication/for-viewers.ts';
import { answerBody, type FieldsBesideRows, LocalDate, Time, withheldCourses } from '../contract/answers.ts';
import { USER_ACTIVITY, UserActivity } from '../contract/figure-answers.ts';
import { DATE_LEDGER, DateLedger } from '../contract/ledger-answers.ts';
import { SettingsDiffer } from '../contract/run-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { cursorInput, cursorOutput, idOfCursor } from '../cursor.ts';
import { pageOf } from '../export/page.ts';
import type { SendParts } from '../export/stream.ts';
import { jsonElements } from '../export/text-formats.ts';
import { dateText, offset, wholeNumber } from '../request-input.ts';
import type { Services } from '../services.ts';

const ResultsParameters = z.object({ date: dateText });
const ResultsQuery = z.strictObject({
  limit: wholeNumber(1, 10_000).optional().meta({ description: 'Default: all rows' }),
  offset,
  cursor: cursorInput,
});

const RESULTS = {
  tags: ['Figures'],
  summary: 'The merged rows of a date',
  description: 'All rows, or a page. `count` is the number of all rows that the caller may see.',
  params: ResultsParameters,
  querystring: ResultsQuery,
  response: {
    200: answerBody(
      {
        data: z.array(UserActivity),
        count: z.int(),
        withheld_courses: withheldCourses,
        limit: z.int().nullable(),
        offset: z.int(),
        has_next: z.boolean(),
        next_cursor: cursorOutput,
        provisional: z.boolean(),
        settings_differ: SettingsDiffer,
        ledger: DateLedger.nullable().meta({ description: 'Of all courses; null for viewers' }),
        user_counts_as_of: Time.nullable().meta({ description: 'When the enrolments were counted' }),
        extraction_date: LocalDate,
      },
      {
        data: [USER_ACTIVITY],
        count: 1,
        withheld_courses: 0,
        limit: null,
        offset: 0,
        has_next: false,
        next_cursor: null,
        provisional: false,
        settings_differ: false,
        ledger: DATE_LEDGER,
        user_counts_as_of: '2024-01-16 02:00:01',
        extraction_date: '2024-01-15',
      },
    ),
  },
  errors: ['NOT_FOUND'],
} satisfies FastifySchema;

/** `GET results/:date`: the merged rows of a date, and the facts about them. */
export function resultsRoute(app: ZodApp, { warehouse, config }: Services, sendParts: SendParts): void {
  const timeZone = config.ETL_TIMEZONE;
  const present = userActivityPresenter(timeZone);
  app.get('/results/:date', { schema: RESULTS }, async (request, reply) => {
    const { query } = request;
    const { date } = request.params;
    const { limit = Number.POSITIVE_INFINITY, offset } = query;
    const after = idOfCursor(query, date);
    // One snapshot: the rows and the facts about them belong to the same run.
    const text = fromSnapshot(warehouse, async function* (trx) {
      const scope = await scopeOfCaller(request, trx);
      const { count, ledger, ...facts } = await resultsFacts(trx, scope, date, timeZone);
      // The extra row shows whether there is a next page.
      const pages = userActivityPages(trx, scope, date, { limit: limit + 1, offset, after });
      const page = pageOf(date, limit, pages);
      yield '{"status":true,"data":[';
      yield* jsonElements(page.rows, present);
      const rest = {
        count,
        limit: query.limit ?? null,
        offset,
        ...page.end(),
        ...facts,
        ledger: ledgerFor(request, ledger),
        timestamp: clockTime(new Date(), timeZone),
      } satisfies FieldsBesideRows<(typeof RESULTS.response)[200]>;
      yield `],${JSON.stringify(rest).slice(1)}`;
    });
    return sendParts(request, reply, text, { 'content-type': 'application/json; charset=utf-8' });
  });
}
