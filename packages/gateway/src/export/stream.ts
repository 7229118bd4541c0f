import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ConcurrencyLimit } from '../concurrency-limit.ts';

/** The parts of an answer, made while they are sent. */
type Parts = AsyncGenerator<string | Uint8Array>;

/** Sends parts as the answer. */
export type SendParts = (
  request: FastifyRequest,
  reply: FastifyReply,
  parts: Parts,
  headers: Record<string, string>,
) => Promise<FastifyReply>;

/**
 * Sends parts as a stream. An error before the first part is thrown, and nothing is sent. A later error resets the
 * connection, so that no client takes a part for the whole. The answer to a HEAD ends after the first part.
 */
export const sendParts: SendParts = async (request, reply, parts, headers) => {
  const stream = await startStream(parts);
  // A client of HTTP/1.0 would take a normal end for the end of the rows.
  stream.once('error', () => reply.raw.socket?.resetAndDestroy());
  // Fastify answers a HEAD at once, but would read the stream to its end.
  if (request.method === 'HEAD') stream.destroy();
  return reply.headers(headers).send(stream);
};

/** The same for parts that read. They hold a permit for heavy reads until the client has read them or hung up. */
export function openHeavyStreams(heavyReads: ConcurrencyLimit): SendParts {
  return async (request, reply, parts, headers) => {
    const { release } = await heavyReads.acquire(request, reply);
    return sendParts(request, reply, thenRelease(parts, release), headers);
  };
}

/** Calls `release` when the parts ended, failed or were closed. Their database connection is free by then. */
async function* thenRelease(parts: Parts, release: () => void): Parts {
  try {
    yield* parts;
  } finally {
    release();
  }
}

/** Waits for the first part: an error before it can still become an error answer. */
export async function startStream(parts: Parts): Promise<Readable> {
  const first = await parts.next();
  const stream = Readable.from(first.done ? [] : withFirst(first.value, parts));
  // Frees what the parts hold even if the stream was never read.
  stream.once('close', () => void parts.return(undefined).catch(() => {}));
  return stream;
}

async function* withFirst(first: string | Uint8Array, others: Parts): Parts {
  yield first;
  yield* others;
}
