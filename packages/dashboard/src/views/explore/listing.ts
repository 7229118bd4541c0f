import { useLocation } from 'preact-iso/router';
import type { CourseFilter, CourseSort } from '../../api/types.ts';

export const FILTERS: readonly CourseFilter[] = ['all', 'silent', 'new', 'falling', 'rising'];
const SORTS: readonly CourseSort[] = [
  'name',
  'total_views',
  'change',
  'avg_activity_per_student_per_day',
  'num_students',
  'last_active',
];

/** Which courses are listed, and in which order. */
export interface Listing {
  filter: CourseFilter;
  sort: CourseSort;
  order: 'asc' | 'desc';
  q?: string;
}

/** What the address asks for. An unknown value is the default. */
export function useListing(): Listing {
  const { query } = useLocation();
  const sort = SORTS.find((known) => known === query.sort) ?? 'total_views';
  return {
    filter: FILTERS.find((known) => known === query.filter) ?? 'all',
    sort,
    order: query.order === 'asc' || query.order === 'desc' ? query.order : sort === 'name' ? 'asc' : 'desc',
    ...(query.q && { q: query.q }),
  };
}
