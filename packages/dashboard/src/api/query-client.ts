import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client.ts';

/** Errors that can pass by themselves are tried once more; all others are shown at once. */
const MOST_RETRIES = 1;
const RETRY_MS = 1000;

/** How often a page polls what no event would tell it. */
export const POLL_MS = 10_000;

/** Figures change once a night. */
const FRESH_MS = 60_000;

/** The cache of all answers. `onSignedOut` runs if the gateway does not know the session any more. */
export function openQueryClient(onSignedOut: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.code === 'UNAUTHORIZED') onSignedOut();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        retry: (failures, error) => failures < MOST_RETRIES && canPass(error),
        retryDelay: RETRY_MS,
        refetchInterval: mendMs,
        // A call fails with UNREACHABLE while the network is down: the panel says so.
        networkMode: 'always',
      },
    },
  });
}

/** A call whose error can pass by itself is made again by polling: an open page mends itself. */
export function mendMs({ state: { error } }: { state: { error: Error | null } }): number | false {
  return error !== null && canPass(error) && POLL_MS;
}

/** The same call can succeed later. */
export function canPass(error: Error): boolean {
  return error instanceof ApiError && (error.code === 'UNREACHABLE' || error.status >= 500);
}
