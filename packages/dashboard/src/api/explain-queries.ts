import { useMutation, useQuery } from '@tanstack/react-query';
import { api, bodyOf, PREFIX } from './client.ts';
import { useKept } from './kept.ts';
import { mendMs } from './query-client.ts';
import type { Metric } from './types.ts';

/** What explains figures: cells, recounts, ledgers and restatements. */

/** A recount is a small job: a person waits for it. */
const RECOUNT_POLL_MS = 1500;

/** The courses of a restatement that a page shows. The API has the others. */
export const MOST_RESTATED = 50;

export interface CellOf {
  date: string;
  course: string;
  metric: Metric;
}

export function useCell({ date, course, metric }: CellOf) {
  return useKept(
    useQuery({
      queryKey: ['cell', date, course, metric],
      queryFn: async ({ signal }) => {
        const path = { date, moodle_course_id: course, metric };
        const call = api.GET(`${PREFIX}/cells/{date}/{moodle_course_id}/{metric}`, {
          params: { path },
          signal,
        });
        return (await bodyOf(call)).data;
      },
    }),
    `${date} ${course} ${metric}`,
  );
}

/** `start` queues a recount of a course and date. It is read again until it has ended. */
export function useRecount({ date, course }: Pick<CellOf, 'date' | 'course'>) {
  const request = useMutation({
    mutationFn: async () => {
      const path = { date, moodle_course_id: course };
      const call = api.POST(`${PREFIX}/cells/{date}/{moodle_course_id}/recount`, {
        params: { path },
        body: {},
      });
      return (await bodyOf(call)).data;
    },
    networkMode: 'always',
  });
  const id = request.data?.recount_id ?? '';
  const answer = useQuery({
    queryKey: ['recount', id],
    queryFn: async ({ signal }) => {
      const call = api.GET(`${PREFIX}/recounts/{recount_id}`, {
        params: { path: { recount_id: id } },
        signal,
      });
      return (await bodyOf(call)).data;
    },
    enabled: id !== '',
    refetchInterval: (query) => {
      if (query.state.error) return mendMs(query);
      const state = query.state.data?.state;
      return state === 'completed' || state === 'failed' ? false : RECOUNT_POLL_MS;
    },
  });
  const recount = answer.data ?? request.data;
  const error = request.error ?? answer.error;
  const isWaiting = recount?.state === 'queued' || recount?.state === 'running';
  return { start: request.mutate, recount, error, isBusy: request.isPending || (isWaiting && !error) };
}

/** Where each log row of a date is. For administrators. */
export function useLedger(date: string) {
  return useKept(
    useQuery({
      queryKey: ['ledger', date],
      queryFn: async ({ signal }) => {
        const call = api.GET(`${PREFIX}/ledger`, { params: { query: { from: date, to: date } }, signal });
        return (await bodyOf(call)).data;
      },
    }),
    date,
  );
}

/** What later runs changed of the final figures of a date, newest first. */
export function useRestatements(date: string) {
  return useKept(
    useQuery({
      queryKey: ['restatements', date],
      queryFn: async ({ signal }) => {
        const query = { from: date, to: date };
        return (await bodyOf(api.GET(`${PREFIX}/restatements`, { params: { query }, signal }))).data;
      },
    }),
    date,
  );
}

/** The courses that a restatement changed. */
export function useRestatedCourses(id: number) {
  return useKept(
    useQuery({
      queryKey: ['restated-courses', id],
      queryFn: async ({ signal }) => {
        const params = { path: { id: String(id) }, query: { limit: MOST_RESTATED } };
        return (await bodyOf(api.GET(`${PREFIX}/restatements/{id}`, { params, signal }))).data;
      },
    }),
    String(id),
  );
}
