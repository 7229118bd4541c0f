import { useQuery } from '@tanstack/react-query';
import { api, bodyOf, PREFIX } from './client.ts';
import { useKept } from './kept.ts';
import type { CourseQuery } from './types.ts';

/** A course, day by day. Figures of another range stay in sight until the new ones come; those of another course do not. */
export function useCourse(id: string, query: CourseQuery, enabled = true) {
  return useKept(
    useQuery({
      queryKey: ['course', id, query],
      queryFn: ({ signal }) =>
        bodyOf(
          api.GET(`${PREFIX}/courses/{moodle_course_id}`, {
            params: { path: { moodle_course_id: id }, query },
            signal,
          }),
        ),
      enabled,
    }),
    id,
  );
}
