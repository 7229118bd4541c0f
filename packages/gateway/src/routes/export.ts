import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { clockTime, today, wrongField } from '@etl/core';
import { aboutFile, fileParts, userActivityTable } from '@etl/files';
import {
  completedRow,
  type Excerpt,
  fileFacts,
  fromSnapshot,
  lastCompletedDate,
  type PresentUserActivity,
  type Scope,
  userActivityPages,
  userActivityPresenter,
  type WarehouseTransaction,
  withheldCourses,
} from '@etl/warehouse';
import type { FastifyReply, FastifySchema } from 'fastify';
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
import { acceptedFormat, EXPORT_FORMATS, headersOf, NDJSON } from '../export/export-formats.ts';
import { documentedFiles } from '../export/file-headers.ts';
import { pageOf } from '../export/page.ts';
import { openPageCache } from '../export/page-cache.ts';
import type { SendParts } from '../export/stream.ts';
import { jsonElements, ndjson } from '../export/text-formats.ts';
import { dateText, offset, oneOf, wholeNumber } from '../request-input.ts';
import type { Services } from '../services.ts';

const MOST_ROWS = 10_000;

const limit = z.union(
  [z.literal('all').transform(() => Number.POSITIVE_INFINITY), wholeNumber(1, MOST_ROWS)],
  { error: `must be a whole number from 1 to ${MOST_ROWS}; files also take all` },
);

const ExportQuery = z.strictObject({
  format: oneOf(EXPORT_FORMATS)
    .optional()
    .meta({ description: 'Default: the format of the `Accept` header, else json' }),
  limit: limit
    .default(1000)
    .meta({ description: 'The most rows of an answer. All formats but `json` also take `all`' }),
  offset,
  cursor: cursorInput,
  date: dateText.optional().meta({ description: 'Default: today' }),
});

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

const EXPORT = {
  tags: ['Figures'],
  summary: 'The merged rows of a date, page by page or as a file',
  description:
    'JSON has pages of 10,000 rows at most. The other formats are streams. With `limit=all` they contain all rows. The answer is empty if the date has no rows; `completed` says whether it will get some.',
  querystring: ExportQuery,
  response: {
    200: {
      content: {
        'application/json': { schema: JsonAnswer },
        ...documentedFiles(
          `${Object.keys(USER_ACTIVITY).join()}\r\n${Object.values(USER_ACTIVITY).join()}\r\n`,
        ),
        [NDJSON]: { schema: z.string().meta({ examples: [`${JSON.stringify(USER_ACTIVITY)}\n`] }) },
      },
    },
  },
} satisfies FastifySchema;

/** `GET export`: the merged rows of a date, as a page of JSON or as a stream in another format. The default is today. */
export function exportRoute(
  app: ZodApp,
  { warehouse, config }: Services,
  heavyReads: ConcurrencyLimit,
  send: SendParts,
): void {
  const timeZone = config.ETL_TIMEZONE;
  const present = userActivityPresenter(timeZone);
  const table = userActivityTable(timeZone);
  const pages = openPageCache();

  app.get('/export', { schema: EXPORT }, async (request, reply) => {
    const { query } = request;
    const { limit, offset } = query;
    const date = query.date ?? today(timeZone, new Date());
    const excerpt = { limit, offset, after: idOfCursor(query, date) };
    const format = query.format ?? acceptedFormat(request);
    reply.header('vary', [reply.getHeader('vary'), 'Accept'].filter(Boolean).join(', '));
    if (format !== 'json') {
      const parts = fromSnapshot(warehouse, async function* (trx) {
        const scope = await scopeOfCaller(request, trx);
        const rows = userActivityPages(trx, scope, date, excerpt);
        if (format === 'ndjson') yield* ndjson(rows, present);
        else {
          const facts = await fileFacts(trx, scope, { from: date, to: date });
          const about = aboutFile('Merged rows of courses', query, facts, timeZone);
          yield* fileParts(format, { table, pages: rows, about });
        }
      });
      const name = `user_activity_${date}`;
      return send(request, reply, parts, headersOf(name, format));
    }
    if (limit > MOST_ROWS) {
      throw wrongField('limit', `all needs a format of ${EXPORT_FORMATS.slice(1).join(', ')}`);
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
