import { mapInSlices } from '@etl/core';
import type { FastifyReply } from 'fastify';

/**
 * Sends `{status: true, data: [...], ...rest}`. Rows are serialized in slices: thousands of rows as one object would
 * block the event loop.
 */
export async function sendRows<Row>(
  reply: FastifyReply,
  rows: readonly Row[],
  present: (row: Row) => object,
  rest: object,
): Promise<FastifyReply> {
  const elements = await mapInSlices(rows, (row) => JSON.stringify(present(row)));
  const body = `{"status":true,"data":[${elements.join(',')}],${JSON.stringify(rest).slice(1)}`;
  return reply.type('application/json; charset=utf-8').send(body);
}
