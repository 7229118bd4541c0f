import { addDays } from '@etl/core';
import { visibleUserActivity } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { type CourseInRange, viewsByCourse } from './course-figures.ts';
import { type ReadRange, untilAborted } from './read-range.ts';
import { courseParts } from './summary-rows.ts';

/**
 * `silent`: with a row on the range's newest completed date, with views in the 28 days before the range, and without
 * views in it. `new`: without a row in the 28 days before. `falling`, `rising`: by the change of views.
 */
export const COURSE_FILTERS = ['all', 'silent', 'new', 'falling', 'rising'] as const;
export type CourseFilter = (typeof COURSE_FILTERS)[number];

const DAYS_BEFORE = 28;

/** Filters that need a comparison. */
export function comparesViews(filter: CourseFilter): boolean {
  return filter === 'falling' || filter === 'rising';
}

/** Whether a course passes the filter. Without a newest completed date, no course is silent. */
export async function courseFilter(
  range: ReadRange,
  filter: CourseFilter,
  {
    newestDate,
    changeOf,
  }: {
    newestDate: string | undefined;
    changeOf(course: CourseInRange): number | null;
  },
): Promise<(course: CourseInRange) => boolean> {
  switch (filter) {
    case 'all':
      return () => true;
    case 'silent': {
      const there = newestDate === undefined ? new Set() : await coursesOn(range, newestDate);
      const before = viewsByCourse(await courseParts(daysBefore(range)));
      return ({ course, figures }) =>
        there.has(course) && (before.get(course) ?? 0) > 0 && figures.total_views === 0;
    }
    case 'new': {
      const before = viewsByCourse(await courseParts(daysBefore(range)));
      return ({ course }) => !before.has(course);
    }
    case 'falling':
      return (course) => (changeOf(course) ?? 0) < 0;
    case 'rising':
      return (course) => (changeOf(course) ?? 0) > 0;
  }
}

function daysBefore(range: ReadRange): ReadRange {
  return { ...range, from: addDays(range.from, -DAYS_BEFORE), to: addDays(range.from, -1) };
}

/** The courses that have a row of a date. */
async function coursesOn(range: ReadRange, date: string): Promise<Set<MoodleId>> {
  const rows = await visibleUserActivity(range.snapshot, range.scope)
    .select('moodle_course_id as course')
    .where('extraction_date', '=', date)
    .execute(untilAborted(range));
  return new Set(rows.map(({ course }) => course));
}
