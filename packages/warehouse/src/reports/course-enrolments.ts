import { coursePlan } from '../roll-ups/course-plan.ts';
import { enrolmentsOfCourses } from '../roll-ups/course-sums.ts';
import type { CourseActivity } from './course-part.ts';
import type { ReadRange } from './read-range.ts';

/**
 * The enrolments of all courses by category, and which courses are active. `enrolmentsOf` adds up the enrolments of a
 * group. Takes half of the time of `courseParts`, which has the sums of views too.
 */
export async function courseEnrolments(range: ReadRange): Promise<CourseActivity[]> {
  return enrolmentsOfCourses(range, await coursePlan(range));
}
