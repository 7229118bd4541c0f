import { averageActivity } from '@etl/core';
import { enrolmentsOf } from '../roll-ups/enrolments.ts';
import type { CategorySums } from './category-sums.ts';
import type { CourseEnrolments, CoursePart } from './course-part.ts';
import { type Days, daysTogether } from './date-set.ts';
import { VIEWS, type Views, viewsTogether } from './read-range.ts';

/** Figures of several daily rows together. */
export interface RolledUp extends Views {
  /** Courses that have a row. */
  courses: number;
  /** Sums over the courses, each by its newest row. A person enrolled in two courses is counted twice. */
  num_students: number;
  num_teachers: number;
  /** total_views / num_students / active_days, rounded half up. Null if there are no students or no active days. */
  avg_activity_per_student_per_day: number | null;
  /** Different days with activity. */
  active_days: number;
  /** Days from the first with activity to the last, both included. */
  active_days_span: number;
}

/** The names of the figures. */
export const FIGURES = [
  'courses',
  'num_students',
  'num_teachers',
  ...VIEWS,
  'avg_activity_per_student_per_day',
  'active_days',
  'active_days_span',
] as const satisfies readonly (keyof RolledUp)[];

/** The figures of these parts together. `days`: the days on which any of them was active. */
export function rollUp(parts: readonly CoursePart[], days: Days): RolledUp {
  return rolledUp(
    parts,
    parts.map(({ views }) => views),
    days,
  );
}

/** The figures of a group: of the newest row of each course, of these sums, and of the days with activity. */
export function rolledUp(
  courses: readonly CourseEnrolments[],
  sums: readonly Views[],
  { count, first, last }: Days,
): RolledUp {
  return figures({
    ...enrolmentsOf(courses),
    views: viewsTogether(sums),
    days: count,
    span: first === null || last === null ? 0 : (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1,
  });
}

/** The figures of categories together: of the enrolments of their courses, and of their own sums. */
export function rolledUpCategories(
  courses: readonly CourseEnrolments[],
  sums: readonly CategorySums[],
): RolledUp {
  return rolledUp(
    courses,
    sums.map(({ views }) => views),
    daysTogether(sums.map(({ dates }) => dates)),
  );
}

export function figures(of: {
  courses: number;
  students: number;
  teachers: number;
  views: Views;
  days: number;
  span: number;
}): RolledUp {
  const average = averageActivity(of.views.total_views, of.students, of.days);
  return {
    courses: of.courses,
    num_students: of.students,
    num_teachers: of.teachers,
    ...of.views,
    avg_activity_per_student_per_day: average === null ? null : Number(average),
    active_days: of.days,
    active_days_span: of.span,
  };
}
