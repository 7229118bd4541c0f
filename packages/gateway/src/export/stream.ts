import { Readable } from 'node:stream';

export const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * A stream of text that is written bit by bit. Waits for its first part, so that what fails at the beginning can still be answered as an
 * error; what fails later cuts the answer off, which its reader cannot take for the whole.
 */
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
