import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConcurrencyLimit } from '../concurrency-limit.ts';

/** Sends text that is written bit by bit as the answer. */
export type SendText = (
  request: FastifyRequest,
  reply: FastifyReply,
  parts: AsyncGenerator<string>,
  headers: Record<string, string>,
) => Promise<FastifyReply>;

/**
 * What sends streams of text. A stream keeps its turn until its reader has taken all of it or has gone. An error before the first part
 * is thrown, and nothing is sent; a later one resets the connection, so that nobody takes a part for the whole. The answer to a HEAD
 * ends after its first part.
 */
export function openTextStreams(heavyReads: ConcurrencyLimit): SendText {
  return async (request, reply, parts, headers) => {
    const { release } = await heavyReads.acquire(request, reply);
    const stream = await startStream(thenRelease(parts, release));
    // An end in good order would look like the end of the rows to a client of HTTP/1.0.
    stream.once('error', () => reply.raw.socket?.resetAndDestroy());
    // Fastify answers a HEAD at once and then reads the stream to its end. The headers are known by now.
    if (request.method === 'HEAD') stream.destroy();
    return reply.headers(headers).send(stream);
  };
}

/** The parts, and a release when they have ended, failed or been returned from: their connection is free by then. */
async function* thenRelease(parts: AsyncGenerator<string>, release: () => void): AsyncGenerator<string> {
  try {
    yield* parts;
  } finally {
    release();
  }
}

/** Waits for the first part, so that what fails at the beginning can still be answered as an error. */
export async function startStream(parts: AsyncGenerator<string>): Promise<Readable> {
  const first = await parts.next();
  const stream = Readable.from(first.done ? [] : withFirst(first.value, parts));
  // Also where nobody ever began to read: whatever the parts hold is let go.
  stream.once('close', () => void parts.return(undefined).catch(() => {}));
  return stream;
}

async function* withFirst(first: string, others: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first;
  yield* others;
}
