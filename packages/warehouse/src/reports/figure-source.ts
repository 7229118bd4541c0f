import { wrongField } from '@etl/core';
import { courseRows } from './course-rows.ts';
import { type DaySums, daySums } from './day-sums.ts';
import { type IntervalEnrolments, intervalEnrolments } from './interval-enrolments.ts';
import { type Interval, type ReadRange, untilAborted, VIEWS, viewsOf } from './read-range.ts';

/** What the figures of a range's intervals are calculated from. */
export interface FigureSource {
  /** In the order of their dates. A date without a row has none. */
  days: readonly DaySums[];
  enrolments(intervals: readonly Interval[]): Promise<readonly IntervalEnrolments[]>;
}

/** All rows of the range within its scope. */
export async function figuresOfScope(range: ReadRange): Promise<FigureSource> {
  return {
    days: await daySums(range),
    enrolments: async (intervals) => (intervals.length === 0 ? [] : intervalEnrolments(range, intervals)),
  };
}

/** One course's rows of the range within its scope. */
export async function figuresOfCourse(range: ReadRange, course: string): Promise<FigureSource> {
  const rows = await courseRows(range, course)
    .select(['extraction_date', 'num_students', 'num_teachers', 'active_days'])
    .select(VIEWS)
    .where('extraction_date', '>=', range.from)
    .where('extraction_date', '<=', range.to)
    .orderBy('extraction_date')
    .execute(untilAborted(range));
  const days = rows.map((row) => ({
    date: row.extraction_date,
    courses: 1,
    students: Number(row.num_students ?? 0),
    teachers: Number(row.num_teachers ?? 0),
    views: viewsOf(row),
    activeCourses: row.active_days > 0 ? 1 : 0,
  }));
  return {
    days,
    enrolments: async (intervals) =>
      intervals.map(({ from, to }) => {
        const newest = days.findLast(({ date }) => date >= from && date <= to);
        const { courses = 0, students = 0, teachers = 0 } = newest ?? {};
        return { from, to, courses, students, teachers };
      }),
  };
}

/**
 * Throws INVALID_REQUEST if the scope has no row of the course, of whatever date. The error is the same whether the
 * course exists or not.
 */
export async function checkCourse(range: ReadRange, course: string): Promise<void> {
  const isId = /^[1-9]\d{0,17}$/.test(course);
  const row = isId
    ? await courseRows(range, course)
        .select('moodle_course_id')
        .limit(1)
        .executeTakeFirst(untilAborted(range))
    : undefined;
  if (row) return;
  const why = `${JSON.stringify(course)} is no course that you can read. Give its id in Moodle.`;
  throw wrongField('course', why);
}
