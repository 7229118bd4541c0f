import { Readable } from 'node:stream';

/** A backfill of a year begins with as many events as fill half of this. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** The longest time that `setTimeout` can wait. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Tells a browser when to connect again. */
const OPENING = 'retry: 3000\n\n';

export interface EventStream {
  body: Readable;
  /** Ends the stream if its reader is too slow: it connects again, and reads anew. */
  send(chunk: Buffer): void;
  /** Ends the stream at once. */
  end(): void;
}

/** Opens the body of a stream of events, which ends at `endsAt` (epoch milliseconds). */
export function openEventStream({ endsAt }: { endsAt: number | undefined }): EventStream {
  const body = new Readable({ read: () => {} });
  const end = () => {
    // A reader that does not read would never see an end.
    if (body.readableLength > 0) body.destroy();
    else body.push(null);
  };
  if (endsAt !== undefined) {
    const timer = setTimeout(end, Math.min(endsAt - Date.now(), LONGEST_TIMEOUT_MS));
    body.once('close', () => clearTimeout(timer));
  }
  body.push(OPENING);
  return {
    body,
    end,
    send: (chunk) => {
      if (body.destroyed || body.readableEnded) return;
      const waiting = body.readableLength;
      // A reader that has read everything gets a chunk of any size.
      if (waiting > 0 && waiting + chunk.length > MOST_WAITING_BYTES) body.destroy();
      else body.push(chunk);
    },
  };
}
