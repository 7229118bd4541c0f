import { courseSums } from '../roll-ups/course-sums.ts';
import { freshnessOf } from '../roll-ups/freshness.ts';
import { planOf } from '../roll-ups/plan.ts';
import { COURSE_LEVELS } from '../roll-ups/spans.ts';
import { smallBelowFor } from '../scope.ts';
import type { CoursePart } from './course-part.ts';
import type { ReadRange } from './read-range.ts';

export type { CoursePart } from './course-part.ts';

/** The parts of all courses, in the order of the courses. */
export async function courseParts(range: ReadRange): Promise<CoursePart[]> {
  const { isFresh } = await freshnessOf(range.snapshot, range, smallBelowFor(range.scope));
  return courseSums(range, planOf(range, COURSE_LEVELS, isFresh));
}
