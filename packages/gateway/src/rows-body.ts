import { mapInSlices } from '@etl/core';
import type { FastifyReply } from 'fastify';

/**
 * Sends `{status: true, data: [...], ...rest}`. The rows are presented and written in slices: as one object, some thousands of
 * them would hold the event loop.
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
