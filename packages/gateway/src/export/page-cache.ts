import { createHash } from 'node:crypto';
import { EtlError } from '@etl/core';
import { Semaphore } from 'async-mutex';
import { LRUCache } from 'lru-cache';

/** For the whole process: the pages that are asked for again and again, by dashboards and by clients that poll. */
const MOST_BYTES = 64 * 1024 * 1024;

/** No figure changes without a new version, unless somebody changes the table by hand: they see it after so long. */
const FRESH_MS = 60_000;

/** What a page takes beside its own bytes, about: many small ones must not fill the memory either. */
const OVERHEAD_BYTES = 1024;

/** To make more at once only makes all of them late: each takes the process's one thread. */
const MADE_AT_ONCE = 3;

/**
 * The page of a key: kept, or made now, once for all that ask for it at the same time. It is not made where by then none of them
 * is there any more: that rejects.
 */
export type PageCache = (key: string, make: () => Promise<Buffer>, isThere: () => boolean) => Promise<Buffer>;

/**
 * Keeps pages of JSON that take a tenth of a second to read and to write down. The key must say all that a page depends on: what was
 * asked for, who may see it, and the version of the data, as the database gives it at every request, so that no page is ever
 * given that a later merge has made out of date.
 */
export function openPageCache({ mostBytes = MOST_BYTES } = {}): PageCache {
  const kept = new LRUCache<string, Buffer>({
    maxSize: mostBytes,
    sizeCalculation: (page) => page.length + OVERHEAD_BYTES,
    ttl: FRESH_MS,
  });
  const permits = new Semaphore(MADE_AT_ONCE);
  const inTheMaking = new Map<string, { page: Promise<Buffer>; askers: (() => boolean)[] }>();

  return async (about, make, isThere) => {
    // A scope of thousands of categories is no longer than one of none.
    const key = createHash('sha256').update(about).digest('base64');
    const page = kept.get(key);
    if (page) return page;
    const awaited = inTheMaking.get(key);
    if (awaited) {
      awaited.askers.push(isThere);
      return awaited.page;
    }
    const askers = [isThere];
    const made = async () => {
      try {
        // Nobody reads this: no error of ours, and nothing for the log.
        if (!askers.some((isThere) => isThere())) throw new EtlError('NOT_FOUND', 'Whoever asked has gone');
        const page = await make();
        kept.set(key, page);
        return page;
      } finally {
        inTheMaking.delete(key);
      }
    };
    const making = { page: permits.runExclusive(made), askers };
    inTheMaking.set(key, making);
    return making.page;
  };
}
