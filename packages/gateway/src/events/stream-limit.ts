import { EtlError } from '@etl/core';

/** A page that is open in five tabs. */
const MOST_PER_KEY = 5;

/** Each costs a socket and, if its reader is slow, up to a megabyte. */
const MOST_IN_ALL = 500;

export interface StreamLimit {
  /** Counts an open stream. Returns the function that ends the count. Throws RATE_LIMITED. */
  open(key: string): () => void;
}

/** Limits how many streams are open in this gateway, for each key and in all. */
export function openStreamLimit({ mostPerKey = MOST_PER_KEY, mostInAll = MOST_IN_ALL } = {}): StreamLimit {
  const byKey = new Map<string, number>();
  let inAll = 0;
  return {
    open: (key) => {
      const own = byKey.get(key) ?? 0;
      if (own >= mostPerKey) {
        throw new EtlError(
          'RATE_LIMITED',
          `More than ${mostPerKey} streams of events are open with this token from this address: close one`,
        );
      }
      if (inAll >= mostInAll) {
        throw new EtlError(
          'RATE_LIMITED',
          `More than ${mostInAll} streams of events are open in this gateway: try again later`,
        );
      }
      byKey.set(key, own + 1);
      inAll += 1;
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        inAll -= 1;
        const left = (byKey.get(key) ?? 0) - 1;
        if (left > 0) byKey.set(key, left);
        else byKey.delete(key);
      };
    },
  };
}
