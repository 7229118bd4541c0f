import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { clockTime, EtlError, parseDate, today } from '@etl/core';
import {
  completedRow,
  type Excerpt,
  fromSnapshot,
  lastCompletedDate,
  type PresentUserActivity,
  type Scope,
  userActivityCsv,
  userActivityPages,
  userActivityPresenter,
  type WarehouseTransaction,
  withheldCourses,
} from '@etl/warehouse';
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { scopeOfCaller } from '../authentication/authenticate.ts';
import type { ConcurrencyLimit } from '../concurrency-limit.ts';
import {
  answerBody,
  type FieldsBesideRows,
  LocalDate,
  withheldCourses as WithheldCourses,
} from '../contract/answers.ts';
import { USER_ACTIVITY, UserActivity } from '../contract/figure-answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import { cursorInput, cursorOutput, idOfCursor } from '../cursor.ts';
import { pageOf } from '../export/page.ts';
import { openPageCache } from '../export/page-cache.ts';
import type { SendText } from '../export/stream.ts';
import { jsonElements, ndjson, type TextFormat } from '../export/text-formats.ts';
import { dateText, offset, wholeNumber } from '../request-input.ts';
import type { Services } from '../services.ts';

const MOST_ROWS = 10_000;

const limit = z.union(
  [z.literal('all').transform(() => Number.POSITIVE_INFINITY), wholeNumber(1, MOST_ROWS)],
  { error: `must be a whole number from 1 to ${MOST_ROWS}; csv and ndjson also take all` },
);

const FORMATS = ['json', 'csv', 'ndjson'] as const;

const ExportQuery = z.strictObject({
  format: z
    .enum(FORMATS, 'must be json, csv or ndjson')
    .optional()
    .meta({ description: 'Default: the format of the `Accept` header, else json' }),
  limit: limit
    .default(1000)
    .meta({ description: 'The most rows of an answer. `csv` and `ndjson` also take `all`' }),
  offset,
  cursor: cursorInput,
  date: dateText.optional().meta({ description: 'Default: today' }),
});

/** The formats that are streams for any number of rows. */
const STREAMED: Record<'csv' | 'ndjson', { type: string; write: TextFormat }> = {
  csv: { type: 'text/csv; charset=utf-8', write: userActivityCsv },
  ndjson: { type: 'application/x-ndjson; charset=utf-8', write: ndjson },
};

const JsonAnswer = answerBody(
  {
    data: z.array(UserActivity),
    limit: z.int(),
    offset: z.int(),
    has_next: z.boolean(),
    next_cursor: cursorOutput,
    extraction_date: LocalDate,
    completed: z.boolean().meta({ description: 'Whether a merge of the date has completed' }),
    last_completed_date: LocalDate.nullable().meta({ description: 'The newest date that has completed' }),
    withheld_courses: WithheldCourses,
  },
  {
    data: [USER_ACTIVITY],
    limit: 1000,
    offset: 0,
    has_next: false,
    next_cursor: null,
    extraction_date: '2024-01-15',
    completed: true,
    last_completed_date: '2024-01-15',
    withheld_courses: 0,
  },
);

const text = (example: string) => z.string().meta({ examples: [example] });

const EXPORT = {
  tags: ['Figures'],
  summary: 'The merged rows of a date, page by page or as a file',
  description:
    'JSON has pages of 10,000 rows at most. `csv` and `ndjson` are streams. With `limit=all` they contain all rows. The answer is empty if the date has no rows; `completed` says whether it will get some.',
  querystring: ExportQuery,
  response: {
    200: {
      content: {
        'application/json': { schema: JsonAnswer },
        'text/csv': {
          schema: text(`${Object.keys(USER_ACTIVITY).join()}\r\n${Object.values(USER_ACTIVITY).join()}\r\n`),
        },
        'application/x-ndjson': { schema: text(`${JSON.stringify(USER_ACTIVITY)}\n`) },
      },
    },
  },
} satisfies FastifySchema;

/** `GET export`: the merged rows of a date, as a page of JSON or as a stream of CSV or NDJSON. The default is today. */
export function exportRoute(
  app: ZodApp,
  { warehouse, config }: Services,
  heavyReads: ConcurrencyLimit,
  sendText: SendText,
): void {
  const timeZone = config.ETL_TIMEZONE;
  const present = userActivityPresenter(timeZone);
  const pages = openPageCache();

  app.get('/export', { schema: EXPORT }, async (request, reply) => {
    const { query } = request;
    const { limit, offset } = query;
    const date = query.date === undefined ? today(timeZone, new Date()) : parseDate(query.date);
    const excerpt = { limit, offset, after: idOfCursor(query, date) };
    const format = query.format ?? acceptedFormat(request);
    reply.header('vary', [reply.getHeader('vary'), 'Accept'].filter(Boolean).join(', '));
    if (format !== 'json') {
      const { type, write } = STREAMED[format];
      const text = fromSnapshot(warehouse, async function* (trx) {
        const scope = await scopeOfCaller(request, trx);
        yield* write(userActivityPages(trx, scope, date, excerpt), present);
      });
      return sendText(request, reply, text, {
        'content-type': type,
        'content-disposition': `attachment; filename="user_activity_${date}.${format}"`,
      });
    }
    if (limit > MOST_ROWS) {
      const limit = 'all needs format=csv or format=ndjson';
      throw new EtlError('INVALID_REQUEST', `limit: ${limit}`, { details: { limit } });
    }
    const scope = await scopeOfCaller(request, warehouse);
    const make = () =>
      buffer(fromSnapshot(warehouse, (trx) => textOfPage(trx, scope, date, excerpt, present)));
    const merged = await completedRow(warehouse, 'main_etl', date);
    // A completed merge never changes: no worker can claim its row again.
    const key = merged && JSON.stringify([scope, merged.id, date, excerpt]);
    const page =
      (key ? pages.get(key) : undefined) ??
      (await heavyReads.run(request, reply, () => (key ? pages.getOrMake(key, make) : make())));
    return sendPage(reply, page, clockTime(new Date(), timeZone));
  });
}

/** Adds the timestamp to a kept page. */
function sendPage(reply: FastifyReply, page: Buffer, timestamp: string): FastifyReply {
  const end = `,"timestamp":${JSON.stringify(timestamp)}}`;
  return reply
    .type('application/json; charset=utf-8')
    .header('content-length', page.length + end.length)
    .send(Readable.from([page, Buffer.from(end)]));
}

/** The format of the `Accept` header. Browsers and curl accept anything, and get JSON. */
function acceptedFormat(request: FastifyRequest): (typeof FORMATS)[number] {
  const types = { 'application/json': 'json', 'text/csv': 'csv', 'application/x-ndjson': 'ndjson' } as const;
  const type = request.accepts().type(Object.keys(types)) as keyof typeof types | false;
  return type ? types[type] : 'json';
}

/** The JSON of a page without its timestamp, which differs between calls. */
async function* textOfPage(
  trx: WarehouseTransaction,
  scope: Scope,
  date: string,
  { limit, offset, after }: Excerpt & { offset: number },
  present: PresentUserActivity,
): AsyncGenerator<Buffer> {
  // The extra row shows whether there is a next page.
  const page = pageOf(date, limit, userActivityPages(trx, scope, date, { limit: limit + 1, offset, after }));
  yield Buffer.from('{"status":true,"data":[');
  for await (const elements of jsonElements(page.rows, present)) yield Buffer.from(elements);
  const rest: Omit<FieldsBesideRows<typeof JsonAnswer>, 'timestamp'> = {
    limit,
    offset,
    ...page.end(),
    extraction_date: date,
    completed: (await completedRow(trx, 'main_etl', date)) !== undefined,
    last_completed_date: (await lastCompletedDate(trx)) ?? null,
    withheld_courses: await withheldCourses({ snapshot: trx, scope, from: date, to: date }),
  };
  yield Buffer.from(`],${JSON.stringify(rest).slice(1, -1)}`);
}
