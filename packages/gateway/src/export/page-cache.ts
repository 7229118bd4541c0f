import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** For the whole process: the pages that are asked for again and again, by dashboards and by clients that poll. */
const MOST_BYTES = 64 * 1024 * 1024;

/** No figure changes without a new version, unless somebody changes the table by hand: they see it after so long. */
const FRESH_MS = 60_000;

/** What a page takes beside its own bytes, about: many small ones must not fill the memory either. */
const OVERHEAD_BYTES = 1024;

/** The page of a key: kept, or made now, once for all that ask for it at the same time. */
export interface PageCache {
  kept(key: string): Buffer | undefined;
  keptOrMade(key: string, make: () => Promise<Buffer>): Promise<Buffer>;
}

/**
 * Keeps pages of JSON that take a tenth of a second to read and to write down. The key must say all that a page depends on: what was
 * asked for, who may see it, and the version of the data, as the database gives it at every request, so that no page is ever
 * given that a later merge has made out of date.
 */
export function openPageCache({ mostBytes = MOST_BYTES } = {}): PageCache {
  const pages = new LRUCache<string, Buffer>({
    maxSize: mostBytes,
    sizeCalculation: (page) => page.length + OVERHEAD_BYTES,
    ttl: FRESH_MS,
  });
  const inTheMaking = new Map<string, Promise<Buffer>>();
  const kept = (about: string) => pages.get(digest(about));
  return {
    kept,
    keptOrMade: async (about, make) => {
      const key = digest(about);
      const known = pages.get(key) ?? inTheMaking.get(key);
      if (known) return known;
      const making = make()
        .then((page) => {
          pages.set(key, page);
          return page;
        })
        .finally(() => inTheMaking.delete(key));
      inTheMaking.set(key, making);
      return making;
    },
  };
}

/** A scope of thousands of categories is no longer than one of none. */
function digest(about: string): string {
  return createHash('sha256').update(about).digest('base64');
}
