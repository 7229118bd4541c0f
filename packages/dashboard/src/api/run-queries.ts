import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { LIVE_KEYS, useConnection } from '../shell/live.tsx';
import { api, bodyOf, PREFIX } from './client.ts';
import { useKept } from './kept.ts';
import { mendMs, POLL_MS } from './query-client.ts';

/** What views of runs read and do. Without a stream of events they read again by polling. */

const useIsLost = () => useConnection() === 'lost';

/** Polled all the time: a stream stays open, and silent, while the gateway cannot reach its database. */
export function useStatus() {
  return useKept(
    useQuery({
      queryKey: ['status'],
      queryFn: async ({ signal }) => (await bodyOf(api.GET(`${PREFIX}/status`, { signal }))).data,
      refetchInterval: POLL_MS,
    }),
  );
}

/** The states of dates, for a view that must show every change. */
export function useLiveDays(query: { from: string; to: string }) {
  const isLost = useIsLost();
  return useKept(
    useQuery({
      queryKey: ['calendar', query],
      queryFn: async ({ signal }) =>
        (await bodyOf(api.GET(`${PREFIX}/days`, { params: { query }, signal }))).data,
      refetchInterval: (query) => (isLost ? POLL_MS : mendMs(query)),
    }),
  );
}

/** The rows of `log_scheduler` of a date, newest first. No event tells that the worker of a batch has died. */
export function useRunsOf(date: string) {
  const isLost = useIsLost();
  return useKept(
    useQuery({
      queryKey: ['scheduler', { date }],
      queryFn: ({ signal }) =>
        bodyOf(api.GET(`${PREFIX}/scheduler_data`, { params: { query: { date } }, signal })),
      refetchInterval: (query) =>
        isLost || query.state.data?.data.some(({ active_key }) => active_key !== null)
          ? POLL_MS
          : mendMs(query),
    }),
  );
}

export type RunAction =
  | { kind: 'run'; date: string; force: boolean }
  | { kind: 'backfill'; from: string; to: string; force: boolean }
  | { kind: 'cancel' | 'retry'; runId: string };

/** Starts, cancels or retries runs. All that the page shows of runs is read again after it. */
export function useRunAction() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: act,
    networkMode: 'always',
    onSettled: () => Promise.all(LIVE_KEYS.map((key) => queries.invalidateQueries({ queryKey: [key] }))),
  });
}

/** The dates that a backfill skipped, each with the reason. */
export interface Done {
  skipped: { extraction_date: string; code: string; error: string }[];
}

async function act(action: RunAction): Promise<Done> {
  if (action.kind === 'backfill') {
    const { from, to, force } = action;
    return (await bodyOf(api.POST(`${PREFIX}/run_backfill`, { body: { from, to, force } }))).data;
  }
  if (action.kind === 'run') {
    const { date, force } = action;
    await bodyOf(api.POST(`${PREFIX}/run_pipeline`, { body: { date, force } }));
  } else {
    const about = { params: { path: { run_id: action.runId } }, body: {} };
    if (action.kind === 'cancel') await bodyOf(api.POST(`${PREFIX}/runs/{run_id}/cancel`, about));
    else await bodyOf(api.POST(`${PREFIX}/runs/{run_id}/retry`, about));
  }
  return { skipped: [] };
}
