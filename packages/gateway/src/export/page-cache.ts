import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** For the whole process. Dashboards and polling clients request the same pages again and again. */
const MAX_BYTES = 64 * 1024 * 1024;

/** A new merge has a new key. A row changed by hand is visible after this time at most. */
const FRESH_MS = 60_000;

/** The approximate memory of an entry beside its bytes. It limits the number of small pages. */
const OVERHEAD_BYTES = 1024;

export interface PageCache {
  get(key: string): Buffer | undefined;
  /** The page of the key. Callers that ask for it at the same time share one `make`. */
  getOrMake(key: string, make: () => Promise<Buffer>): Promise<Buffer>;
}

/**
 * Keeps pages of JSON, each of which takes a tenth of a second to read and write. The key must contain everything a
 * page depends on: the query, the scope of the caller, and the merge. The warehouse names the merge at every request,
 * so the cache never returns a page of an older merge.
 */
export function openPageCache({ maxBytes = MAX_BYTES } = {}): PageCache {
  const pages = new LRUCache<string, Buffer, () => Promise<Buffer>>({
    maxSize: maxBytes,
    sizeCalculation: (page) => page.length + OVERHEAD_BYTES,
    ttl: FRESH_MS,
    fetchMethod: (_key, _stale, { context: make }) => make(),
    // A page that is evicted while it is made is still the answer to its callers.
    ignoreFetchAbort: true,
  });
  return {
    get: (key) => pages.get(digest(key)),
    getOrMake: (key, make) => pages.forceFetch(digest(key), { context: make }),
  };
}

/** All keys have the same length, also those of scopes with thousands of categories. */
function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
