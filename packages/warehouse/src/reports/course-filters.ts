import { addDays } from '@etl/core';
import { visibleUserActivity } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import { type CourseInRange, coursesOf } from './course-figures.ts';
import { type ReadRange, untilAborted } from './read-range.ts';
import { courseParts } from './summary-rows.ts';
import { type Withheld, withheldRows } from './withheld-courses.ts';

/**
 * `silent`: with a row on the range's newest completed date, with views in the 28 days before the range, and without
 * views in it. `new`: without a row in the 28 days before. `falling`, `rising`: with a row in both ranges, and
 * with fewer or more views than in the compared one.
 *
 * Of withheld rows it is not known how many views they have. A course is not silent if rows of the range are withheld,
 * and not new if rows of the 28 days before are. It is neither falling nor rising if rows of either range are.
 */
export const COURSE_FILTERS = ['all', 'silent', 'new', 'falling', 'rising'] as const;
export type CourseFilter = (typeof COURSE_FILTERS)[number];

const DAYS_BEFORE = 28;

/** Filters that need a comparison. */
export function comparesViews(filter: CourseFilter): boolean {
  return filter === 'falling' || filter === 'rising';
}

/**
 * The courses that pass the filter. Without a newest completed date, no course is silent. A silent course has its last
 * active date from the 28 days before the range.
 */
export async function filteredCourses(
  range: ReadRange,
  filter: CourseFilter,
  courses: readonly CourseInRange[],
  {
    newestDate,
    differenceOf,
    withheld,
  }: {
    newestDate: string | undefined;
    differenceOf(course: CourseInRange): number | null;
    /** Of the range. */
    withheld: Withheld;
  },
): Promise<readonly CourseInRange[]> {
  switch (filter) {
    case 'all':
      return courses;
    case 'silent': {
      const there = newestDate === undefined ? new Set() : await coursesOn(range, newestDate);
      const before = await coursesBefore(range);
      const isSilent = ({ course, figures }: CourseInRange) =>
        !withheld.courses.has(String(course)) &&
        there.has(course) &&
        figures.total_views === 0 &&
        (before.get(course)?.figures.total_views ?? 0) > 0;
      const lastActiveOf = ({ course, lastActive }: CourseInRange) =>
        lastActive ?? before.get(course)?.lastActive ?? null;
      return courses.filter(isSilent).map((course) => ({ ...course, lastActive: lastActiveOf(course) }));
    }
    case 'new': {
      const before = await coursesBefore(range);
      const withheldBefore = await withheldRows(daysBefore(range));
      return courses.filter(
        ({ course }) => !before.has(course) && !withheldBefore.courses.has(String(course)),
      );
    }
    case 'falling':
      return courses.filter((course) => (differenceOf(course) ?? 0) < 0);
    case 'rising':
      return courses.filter((course) => (differenceOf(course) ?? 0) > 0);
  }
}

/** The courses of the 28 days before the range. */
async function coursesBefore(range: ReadRange): Promise<Map<MoodleId, CourseInRange>> {
  const parts = await courseParts(daysBefore(range));
  return new Map((await coursesOf(parts)).map((course) => [course.course, course]));
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
