import type { ReadRange } from './read-range.ts';
import { rollUp } from './roll-up.ts';
import { courseParts } from './summary-rows.ts';

/** Some dates one after the other, both included. */
export interface Interval {
  from: string;
  to: string;
}

/** Enrolments of an interval: of the newest row, within the interval and the scope, of each course. */
export interface IntervalEnrolments extends Interval {
  courses: number;
  students: number;
  teachers: number;
}

/** The enrolments of each interval, in their order. The dates of the range do not matter. */
export async function intervalEnrolments(
  range: ReadRange,
  intervals: readonly Interval[],
): Promise<IntervalEnrolments[]> {
  const all: IntervalEnrolments[] = [];
  for (const { from, to } of intervals) {
    const parts = await courseParts({ ...range, from, to });
    const { courses, num_students, num_teachers } = rollUp(parts, { count: 0, first: null, last: null });
    all.push({ from, to, courses, students: num_students, teachers: num_teachers });
  }
  return all;
}
