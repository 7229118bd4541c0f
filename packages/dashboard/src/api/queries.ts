import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, bodyOf, PREFIX } from './client.ts';
import { useKept } from './kept.ts';
import type { CategoriesQuery, CoursesQuery, DaysQuery, SeriesQuery, SummaryQuery } from './types.ts';

/** One hook for each call that reads. Old figures stay in sight until the new ones come. */

/** Who is signed in: every view needs it, so it is asked for before the first view is rendered. */
export const ME = queryOptions({
  queryKey: ['me'],
  queryFn: async ({ signal }) => (await bodyOf(api.GET(`${PREFIX}/me`, { signal }))).data,
});

export function useMe() {
  return useKept(useQuery(ME));
}

export function useDays(query: DaysQuery, enabled = true) {
  return useKept(
    useQuery({
      queryKey: ['days', query],
      queryFn: async ({ signal }) =>
        (await bodyOf(api.GET(`${PREFIX}/days`, { params: { query }, signal }))).data,
      enabled,
    }),
  );
}

export function useSeries(query: SeriesQuery) {
  return useKept(
    useQuery({
      queryKey: ['series', query],
      queryFn: async ({ signal }) => {
        const { data } = await bodyOf(api.GET(`${PREFIX}/series`, { params: { query }, signal }));
        // Old figures keep their own name while those of another figure are on their way.
        return { ...data, metric: query.metric ?? 'total_views', interval: query.interval ?? 'day' };
      },
    }),
  );
}

export function useCategories(query: CategoriesQuery, enabled = true) {
  return useKept(
    useQuery({
      queryKey: ['categories', query],
      queryFn: ({ signal }) => bodyOf(api.GET(`${PREFIX}/categories`, { params: { query }, signal })),
      enabled,
    }),
  );
}

export function useCourses(query: CoursesQuery) {
  return useKept(
    useQuery({
      queryKey: ['courses', query],
      queryFn: async ({ signal }) =>
        jsonOf(await bodyOf(api.GET(`${PREFIX}/courses`, { params: { query }, signal }))),
    }),
  );
}

export function useSummary(query: SummaryQuery, enabled = true) {
  return useKept(
    useQuery({
      queryKey: ['summary', query],
      queryFn: async ({ signal }) =>
        jsonOf(await bodyOf(api.GET(`${PREFIX}/summary`, { params: { query }, signal }))),
      enabled,
    }),
  );
}

/** Only `format=csv` is answered with text. */
function jsonOf<Body>(answer: Body | string): Body {
  if (typeof answer === 'string') throw new TypeError('The answer is no JSON');
  return answer;
}
