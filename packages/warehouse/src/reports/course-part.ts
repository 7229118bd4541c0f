import type { MoodleId } from '../tables.ts';
import type { Newest } from './newest-row.ts';
import type { Views } from './read-range.ts';

/** The sums of a course's rows in one category. A course that moved has rows in several categories. */
export interface CoursePart {
  course: MoodleId;
  category: MoodleId;
  views: Views;
  /** The enrolment counts of its newest row. */
  newest: Newest;
  /** A course has one row a date, so these are different days. */
  activeDays: number;
  firstActive: string | null;
  lastActive: string | null;
}

/** The first date (-1) or the last one (1). */
export function extreme(dates: readonly (string | null)[], direction: 1 | -1): string | null {
  const sorted = dates.filter((date) => date !== null).toSorted();
  return (direction === 1 ? sorted.at(-1) : sorted[0]) ?? null;
}

/** The part that has the newest row. */
export function newestOf<Part extends Pick<CoursePart, 'newest'>>(parts: readonly Part[]): Part {
  return parts.reduce((a, b) => (b.newest.date > a.newest.date ? b : a));
}
