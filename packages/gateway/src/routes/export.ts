import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { clockTime, parseDate, today } from '@etl/core';
import {
  completedRow,
  fromSnapshot,
  type PresentUserActivity,
  userActivityPages,
  userActivityPresenter,
  type WarehouseTransaction,
} from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication.ts';
import { openPageCache } from '../export/page-cache.ts';
import type { SendText } from '../export/stream.ts';
import { csv, jsonElements, ndjson, type TextFormat } from '../export/text-formats.ts';
import { parseInput, wholeNumber } from '../request-input.ts';
import type { Services } from '../services.ts';

const MOST_ROWS = 10_000;

const limit = z.union(
  [z.literal('all').transform(() => Number.POSITIVE_INFINITY), wholeNumber(1, MOST_ROWS)],
  {
    error: `must be a whole number from 1 to ${MOST_ROWS}; csv and ndjson also take all`,
  },
);

const ExportQuery = z
  .strictObject({
    format: z.enum(['json', 'csv', 'ndjson'], 'must be json, csv or ndjson').default('json'),
    limit: limit.default(1000),
    offset: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
    date: z.string().optional(),
  })
  .refine(({ format, limit }) => format !== 'json' || limit <= MOST_ROWS, {
    path: ['limit'],
    message: 'all rows at once are given as csv or ndjson only',
  });

/** The formats that are written as a stream, whatever the number of rows. */
const STREAMED: Record<'csv' | 'ndjson', { type: string; write: TextFormat }> = {
  csv: { type: 'text/csv; charset=utf-8', write: csv },
  ndjson: { type: 'application/x-ndjson; charset=utf-8', write: ndjson },
};

/** `GET export`: the merged rows of a date (today where none is given), as JSON page by page, or as CSV or NDJSON at once. */
export function exportRoute(app: FastifyInstance, { warehouse, config }: Services, sendText: SendText): void {
  const timeZone = config.ETL_TIMEZONE;
  const present = userActivityPresenter(timeZone);
  const cached = openPageCache();

  app.get('/export', async (request, reply) => {
    const { format, limit, offset, ...query } = parseInput(ExportQuery, request.query);
    const date = query.date === undefined ? today(timeZone, new Date()) : parseDate(query.date);
    if (format !== 'json') {
      const { type, write } = STREAMED[format];
      const text = fromSnapshot(warehouse, (trx) =>
        write(userActivityPages(trx, date, { limit, offset }), present),
      );
      return sendText(reply, text, {
        'content-type': type,
        'content-disposition': `attachment; filename="user_activity_${date}.${format}"`,
      });
    }
    const make = () =>
      buffer(fromSnapshot(warehouse, (trx) => pageOf(trx, { date, limit, offset }, present)));
    const merged = await completedRow(warehouse, 'main_etl', date);
    const page = merged
      ? await cached(
          JSON.stringify([callerOf(request).name, merged.id, merged.fence, date, limit, offset]),
          make,
          () => !request.raw.socket.destroyed,
        )
      : await make();
    const end = `,"timestamp":${JSON.stringify(clockTime(new Date(), timeZone))}}`;
    return reply
      .type('application/json; charset=utf-8')
      .header('content-length', page.length + end.length)
      .send(Readable.from([page, Buffer.from(end)]));
  });
}

/** A page's JSON up to what differs from call to call. */
async function* pageOf(
  trx: WarehouseTransaction,
  { date, limit, offset }: { date: string; limit: number; offset: number },
  present: PresentUserActivity,
): AsyncGenerator<Buffer> {
  // One more than asked for tells whether there is a next page.
  const pages = userActivityPages(trx, date, { limit: limit + 1, offset });
  let found = 0;
  const upToLimit = async function* () {
    for await (const page of pages) {
      yield page.slice(0, limit - found);
      found += page.length;
    }
  };
  yield Buffer.from('{"status":true,"data":[');
  for await (const elements of jsonElements(upToLimit(), present)) yield Buffer.from(elements);
  const rest = { limit, offset, has_next: found > limit, extraction_date: date };
  yield Buffer.from(`],${JSON.stringify(rest).slice(1, -1)}`);
}
