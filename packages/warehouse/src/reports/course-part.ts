import type { RowPlace } from '../row-place.ts';
import type { MoodleId } from '../tables.ts';
import type { Newest } from './newest-row.ts';
import type { Views } from './read-range.ts';

/**
 * The enrolments of a course's rows in one place. A course that moved has rows in several categories. Of stored sums,
 * its small rows stand apart too.
 */
export interface CourseEnrolments extends RowPlace {
  course: MoodleId;
  /** The enrolment counts of its newest row. */
  newest: Newest;
}

/** The same, and whether any of the rows is active. */
export interface CourseActivity extends CourseEnrolments {
  isActive: boolean;
}

/** The sums of a course's rows in one place. */
export interface CoursePart extends CourseEnrolments {
  views: Views;
  /** A course has one row a date, so these are different days. */
  activeDays: number;
  firstActive: string | null;
  lastActive: string | null;
}

/** The first date (-1) or the last one (1). */
export function extreme(dates: readonly (string | null)[], direction: 1 | -1): string | null {
  let found: string | null = null;
  for (const date of dates) {
    if (date !== null && (found === null || (direction === 1 ? date > found : date < found))) found = date;
  }
  return found;
}

/** The part that has the newest row. */
export function newestOf<Part extends Pick<CourseEnrolments, 'newest'>>(parts: readonly Part[]): Part {
  return parts.reduce((a, b) => (b.newest.date > a.newest.date ? b : a));
}
