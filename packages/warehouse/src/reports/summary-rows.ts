import { coursePlan } from '../roll-ups/course-plan.ts';
import { courseSums } from '../roll-ups/course-sums.ts';
import type { CoursePart } from './course-part.ts';
import type { ReadRange } from './read-range.ts';

export type { CoursePart } from './course-part.ts';

/** The parts of all courses, in the order of the courses. */
export async function courseParts(range: ReadRange): Promise<CoursePart[]> {
  return courseSums(range, await coursePlan(range));
}
