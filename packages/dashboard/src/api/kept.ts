import type { UseQueryResult } from '@tanstack/react-query';
import { useRef } from 'preact/hooks';
import type { Result } from '../shell/panel.tsx';
import { canPass } from './query-client.ts';

/**
 * What a panel shows of a query. Old figures stay in sight until the new ones come, also while calls fail with an
 * error that can pass. An error stays until a call succeeds. `of`: what the figures are of, if another one's must not
 * stay.
 */
export function useKept<Data>(
  { status, data, error, isFetching, refetch }: UseQueryResult<Data>,
  of?: string,
): Required<Result<Data>> {
  const ref = useRef<{ of?: string | undefined; data?: Data | undefined; error: Error | null }>({
    error: null,
  });
  if (ref.current.of !== of) ref.current = { of, error: null };
  const kept = ref.current;
  if (data !== undefined) kept.data = data;
  if (status !== 'pending') kept.error = error;
  const isOld = data === undefined && kept.data !== undefined && (!kept.error || canPass(kept.error));
  return {
    data: isOld ? kept.data : data,
    error: kept.error,
    isFetching,
    isPlaceholderData: isOld,
    refetch,
  };
}
