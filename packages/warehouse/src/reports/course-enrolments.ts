import { enrolmentsOfCourses } from '../roll-ups/course-sums.ts';
import { freshnessOf } from '../roll-ups/freshness.ts';
import { planOf } from '../roll-ups/plan.ts';
import { COURSE_LEVELS } from '../roll-ups/spans.ts';
import { smallBelowFor } from '../scope.ts';
import type { CourseActivity } from './course-part.ts';
import type { ReadRange } from './read-range.ts';

/**
 * The enrolments of all courses by category, and which courses are active. `enrolmentsOf` adds up the enrolments of a
 * group. Takes half of the time of `courseParts`, which has the sums of views too.
 */
export async function courseEnrolments(range: ReadRange): Promise<CourseActivity[]> {
  const { isFresh } = await freshnessOf(range.snapshot, range, smallBelowFor(range.scope));
  return enrolmentsOfCourses(range, planOf(range, COURSE_LEVELS, isFresh));
}
