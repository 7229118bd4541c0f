import { addDays, countDates } from '@etl/core';
import { enrolmentsOfCourses } from '../roll-ups/course-sums.ts';
import { type Enrolments, enrolmentsOf, enrolmentsOfParts } from '../roll-ups/enrolments.ts';
import { freshnessFor } from '../roll-ups/freshness.ts';
import { type Plan, planOf } from '../roll-ups/plan.ts';
import { COURSE_LEVELS, ENROLMENT_LEVELS, partOf, type Span, spanOf } from '../roll-ups/spans.ts';
import type { CourseEnrolments } from './course-part.ts';
import type { Interval, ReadRange } from './read-range.ts';

/** Enrolments of an interval: of the newest row, within the interval and the scope, of each course. */
export interface IntervalEnrolments extends Interval, Enrolments {}

/** An interval whose courses were read. */
interface ReadInterval extends Interval {
  courses: readonly CourseEnrolments[];
}

/** The enrolments of each interval, in their order. All are within the dates of the range. */
export async function intervalEnrolments(
  range: ReadRange,
  intervals: readonly Interval[],
): Promise<IntervalEnrolments[]> {
  const { isFresh } = await freshnessFor(range);
  const partAt = (interval: Interval) => wholeSpans(interval).find(isFresh);
  const parts = intervals.map(partAt).filter((part) => part !== undefined);
  const stored = await enrolmentsOfParts(range, parts);
  const planFor = (interval: Interval) => planOf(interval, COURSE_LEVELS, isFresh);
  const read: ReadInterval[] = [];
  const shortestFirst = intervals.filter((interval) => !partAt(interval)).toSorted(byLength);
  for (const interval of shortestFirst) {
    const { known, plan } = cheapest(interval, read, planFor);
    const courses = [...known, ...(await enrolmentsOfCourses(range, plan))];
    read.push({ ...interval, courses });
  }
  return intervals.map(({ from, to }) => {
    const part = partAt({ from, to });
    const courses = read.find((one) => one.from === from && one.to === to)?.courses;
    const nothing = { courses: 0, students: 0, teachers: 0 };
    const enrolments = part ? (stored.get(partOf(part)) ?? nothing) : enrolmentsOf(courses ?? []);
    return { from, to, ...enrolments };
  });
}

/**
 * How to read an interval whose ends may be read already, such as a range whose first and last week are incomplete:
 * only the dates between them, if that reads less. A course that is in several parts counts by its newest row.
 */
function cheapest(
  interval: Interval,
  read: readonly ReadInterval[],
  planFor: (interval: Interval) => Plan,
): { known: readonly CourseEnrolments[]; plan: Plan } {
  const first = read.find(({ from }) => from === interval.from);
  const last = read.find((one) => one.to === interval.to && one !== first);
  const whole = planFor(interval);
  const between = planFor({
    from: first ? addDays(first.to, 1) : interval.from,
    to: last ? addDays(last.from, -1) : interval.to,
  });
  if (costOf(between) >= costOf(whole)) return { known: [], plan: whole };
  return { known: [...(first?.courses ?? []), ...(last?.courses ?? [])], plan: between };
}

/** A date's daily rows take about twice as long as a part. */
function costOf({ parts, days }: Plan): number {
  return days.reduce((sum, { from, to }) => sum + 2 * countDates(from, to), parts.length);
}

function byLength(a: Interval, b: Interval): number {
  return countDates(a.from, a.to) - countDates(b.from, b.to);
}

/** The weeks and months that are exactly this interval. */
function wholeSpans({ from, to }: Interval): Span[] {
  return ENROLMENT_LEVELS.map((level) => spanOf(level, from)).filter(
    (span) => span.from === from && span.to === to,
  );
}
