import { type Enrolments, enrolmentsOf, enrolmentsOfParts } from '../roll-ups/enrolments.ts';
import { freshnessOf } from '../roll-ups/freshness.ts';
import { ENROLMENT_LEVELS, partOf, type Span, spanOf } from '../roll-ups/spans.ts';
import { courseEnrolments } from './course-enrolments.ts';
import type { Interval, ReadRange } from './read-range.ts';

/** Enrolments of an interval: of the newest row, within the interval and the scope, of each course. */
export interface IntervalEnrolments extends Interval, Enrolments {}

/** The enrolments of each interval, in their order. All are within the dates of the range. */
export async function intervalEnrolments(
  range: ReadRange,
  intervals: readonly Interval[],
): Promise<IntervalEnrolments[]> {
  const { isFresh } = await freshnessOf(range.snapshot, range);
  const partAt = (interval: Interval) => wholeSpans(interval).find(isFresh);
  const parts = intervals.map(partAt).filter((part) => part !== undefined);
  const stored = await enrolmentsOfParts(range, parts);
  const all: IntervalEnrolments[] = [];
  for (const { from, to } of intervals) {
    const part = partAt({ from, to });
    const enrolments = part
      ? (stored.get(partOf(part)) ?? { courses: 0, students: 0, teachers: 0 })
      : enrolmentsOf(await courseEnrolments({ ...range, from, to }));
    all.push({ from, to, ...enrolments });
  }
  return all;
}

/** The weeks and months that are exactly this interval. */
function wholeSpans({ from, to }: Interval): Span[] {
  return ENROLMENT_LEVELS.map((level) => spanOf(level, from)).filter(
    (span) => span.from === from && span.to === to,
  );
}
