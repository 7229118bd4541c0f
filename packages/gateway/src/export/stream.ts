import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConcurrencyLimit } from '../concurrency-limit.ts';

/** Sends the parts of a text as the answer. */
export type SendText = (
  request: FastifyRequest,
  reply: FastifyReply,
  parts: AsyncGenerator<string>,
  headers: Record<string, string>,
) => Promise<FastifyReply>;

/**
 * Makes a function that sends streams of text. A stream holds a permit for heavy reads until the client has read it
 * or hung up. An error before the first part is thrown, and nothing is sent. A later error resets the connection, so
 * that no client takes a part for the whole. The answer to a HEAD ends after the first part.
 */
export function openTextStreams(heavyReads: ConcurrencyLimit): SendText {
  return async (request, reply, parts, headers) => {
    const { release } = await heavyReads.acquire(request, reply);
    const stream = await startStream(thenRelease(parts, release));
    // A client of HTTP/1.0 would take a normal end for the end of the rows.
    stream.once('error', () => reply.raw.socket?.resetAndDestroy());
    // Fastify answers a HEAD at once, but would read the stream to its end.
    if (request.method === 'HEAD') stream.destroy();
    return reply.headers(headers).send(stream);
  };
}

/** Calls `release` when the parts ended, failed or were closed. Their database connection is free by then. */
async function* thenRelease(parts: AsyncGenerator<string>, release: () => void): AsyncGenerator<string> {
  try {
    yield* parts;
  } finally {
    release();
  }
}

/** Waits for the first part: an error before it can still become an error answer. */
export async function startStream(parts: AsyncGenerator<string>): Promise<Readable> {
  const first = await parts.next();
  const stream = Readable.from(first.done ? [] : withFirst(first.value, parts));
  // Frees what the parts hold even if the stream was never read.
  stream.once('close', () => void parts.return(undefined).catch(() => {}));
  return stream;
}

async function* withFirst(first: string, others: AsyncGenerator<string>): AsyncGenerator<string> {
  yield first;
  yield* others;
}
