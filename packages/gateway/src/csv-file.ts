import type { FastifyReply } from 'fastify';
import { startStream } from './export/stream.ts';

/** Answers with a CSV that browsers save under this name. */
export async function sendCsvFile(
  reply: FastifyReply,
  name: string,
  parts: AsyncGenerator<string>,
): Promise<FastifyReply> {
  const csv = await startStream(parts);
  return reply
    .type('text/csv; charset=utf-8')
    .header('content-disposition', `attachment; filename="${name}"`)
    .send(csv);
}
