import { forEachInSlices } from '@etl/core';
import type { MoodleId } from '../tables.ts';
import { type CoursePart, newestOf } from './course-part.ts';
import { addedViews } from './read-range.ts';
import { figures, type RolledUp } from './roll-up.ts';
import type { Metric } from './series.ts';
import { daysOf } from './summary-groups.ts';

/** A course over a range. */
export interface CourseInRange {
  course: MoodleId;
  /** Of its newest row. */
  category: MoodleId;
  /** The date of its newest row. */
  date: string;
  figures: Pick<RolledUp, Metric>;
  lastActive: string | null;
}

/** The courses of parts that are in the order of the courses. Rows of the PHP system belong to no course of Moodle. */
export async function coursesOf(parts: readonly CoursePart[]): Promise<CourseInRange[]> {
  const courses: CourseInRange[] = [];
  const ofMoodle = parts.filter(({ course }) => BigInt(course) > 0n);
  await forEachInSlices([...Map.groupBy(ofMoodle, ({ course }) => course)], ([course, own]) => {
    const { category, newest } = newestOf(own);
    const { count, last } = daysOf(own);
    const all = figures({
      courses: 1,
      students: newest.students,
      teachers: newest.teachers,
      views: own.map(({ views }) => views).reduce(addedViews),
      days: count,
      span: 0,
    });
    const { courses: _courses, active_days_span: _span, ...figuresOfCourse } = all;
    courses.push({ course, category, date: newest.date, figures: figuresOfCourse, lastActive: last });
  });
  return courses;
}

/** The views of each course of Moodle. */
export function viewsByCourse(parts: readonly CoursePart[]): Map<MoodleId, number> {
  const views = new Map<MoodleId, number>();
  for (const { course, views: own } of parts) views.set(course, (views.get(course) ?? 0) + own.total_views);
  return views;
}
