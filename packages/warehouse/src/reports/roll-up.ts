import { averageActivity } from '@etl/core';
import { type CoursePart, newestOf } from './course-part.ts';
import type { Days } from './date-set.ts';
import { VIEWS, type Views } from './read-range.ts';

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
export function rollUp(parts: readonly CoursePart[], { count, first, last }: Days): RolledUp {
  const courses = [...Map.groupBy(parts, ({ course }) => course).values()].map(newestOf);
  const sum = (numbers: readonly number[]) => numbers.reduce((all, number) => all + number, 0);
  return figures({
    courses: courses.length,
    students: sum(courses.map(({ newest }) => newest.students)),
    teachers: sum(courses.map(({ newest }) => newest.teachers)),
    views: Object.fromEntries(
      VIEWS.map((kind) => [kind, sum(parts.map(({ views }) => views[kind]))]),
    ) as Views,
    days: count,
    span: first === null || last === null ? 0 : (Date.parse(last) - Date.parse(first)) / 86_400_000 + 1,
  });
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
