import { Readable } from 'node:stream';
import { EtlError } from '@etl/core';
import { Semaphore, withTimeout } from 'async-mutex';
import type { FastifyReply } from 'fastify';

/** Each holds a connection of the database for as long as its client reads: half of them stay for everybody else. */
const MOST_STREAMS = 5;

/** A client of the API still listens after so long. */
const LONGEST_WAIT_MS = 10_000;

/** Sends text that is written bit by bit as the answer. */
export type SendText = (
  reply: FastifyReply,
  parts: AsyncGenerator<string>,
  headers: Record<string, string>,
) => Promise<FastifyReply>;

/**
 * What sends streams of text, a few at the same time. An error before the first part is thrown, and nothing is sent; a later one resets the
 * connection, so that nobody takes a part for the whole. Throws RATE_LIMITED where too many others are being read.
 */
export function openTextStreams(): SendText {
  const tooMany = new EtlError(
    'RATE_LIMITED',
    'Too many exports are being read at this moment; try again later',
  );
  const permits = withTimeout(new Semaphore(MOST_STREAMS), LONGEST_WAIT_MS, tooMany);
  return async (reply, parts, headers) => {
    const [, release] = await permits.acquire();
    try {
      const stream = await startStream(parts);
      stream.once('close', release);
      // An end in good order would look like the end of the rows to a client of HTTP/1.0.
      stream.once('error', () => reply.raw.socket?.resetAndDestroy());
      return reply.headers(headers).send(stream);
    } catch (error) {
      release();
      throw error;
    }
  };
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
