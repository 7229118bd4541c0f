import { QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError } from './client.ts';

/** Errors that can pass by themselves are tried once more; all others are shown at once. */
const MOST_RETRIES = 1;
const RETRY_MS = 1000;

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
        // A call fails with UNREACHABLE while the network is down: the panel says so.
        networkMode: 'always',
      },
    },
  });
}

function canPass(error: Error): boolean {
  return error instanceof ApiError && (error.code === 'UNREACHABLE' || error.status >= 500);
}
