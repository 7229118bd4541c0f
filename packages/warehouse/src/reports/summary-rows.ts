import { mapInSlices } from '@etl/core';
import { sql } from 'kysely';
import { visibleUserActivity } from '../scope.ts';
import type { MoodleId } from '../tables.ts';
import {
  type ReadRange,
  rowsOf,
  untilAborted,
  VIEW_SUMS,
  type ViewSums,
  type Views,
  viewsOf,
} from './read-range.ts';

/** The sums of a course's rows in one category. A course that moved has rows in several categories. */
export interface CoursePart {
  course: MoodleId;
  category: MoodleId;
  views: Views;
  /** The enrolment counts of its newest row. */
  newest: { date: string; students: number; teachers: number };
  /** A course has one row a date, so these are different days. */
  activeDays: number;
  firstActive: string | null;
  lastActive: string | null;
}

const ACTIVE_DATE = sql`CASE WHEN active_days > 0 THEN extraction_date END`;

/** The parts of all courses, in the order of the courses. Reads each row once. */
export async function courseParts(range: ReadRange): Promise<CoursePart[]> {
  // Date and enrolment counts in one text: the greatest is that of the newest row.
  const newest = sql`CONCAT(extraction_date, LPAD(COALESCE(num_students, 0), 10, '0'), LPAD(COALESCE(num_teachers, 0), 10, '0'))`;
  const { rows } = await sql<
    ViewSums & {
      course: MoodleId;
      category: MoodleId;
      newest: string;
      days: number | string;
      first: string | null;
      last: string | null;
    }
  >`
    SELECT moodle_course_id AS course, category_id AS category, ${VIEW_SUMS}, MAX(${newest}) AS newest,
      SUM(active_days > 0) AS days, MIN(${ACTIVE_DATE}) AS first, MAX(${ACTIVE_DATE}) AS last
    FROM ${rowsOf(range)} AS activity GROUP BY moodle_course_id, category_id ORDER BY moodle_course_id, category_id`.execute(
    range.snapshot,
    untilAborted(range),
  );
  return mapInSlices(rows, (row) => ({
    course: row.course,
    category: row.category,
    views: viewsOf(row),
    newest: {
      date: row.newest.slice(0, 10),
      students: Number(row.newest.slice(10, 20)),
      teachers: Number(row.newest.slice(20)),
    },
    activeDays: Number(row.days),
    firstActive: row.first,
    lastActive: row.last,
  }));
}

export interface CourseNames {
  course_id: string | null;
  id_number: string | null;
  course_name: string | null;
  course_shortname: string | null;
}

/** Courses of a statement: to build a statement of thousands of pairs would block the event loop. */
const NAMES_PER_STATEMENT = 1000;

/** The names of courses on a date each, by course: names change. */
export async function courseNames(
  range: ReadRange,
  rows: readonly { course: MoodleId; date: string }[],
): Promise<Map<MoodleId, CourseNames>> {
  const names = new Map<MoodleId, CourseNames>();
  for (let from = 0; from < rows.length; from += NAMES_PER_STATEMENT) {
    const pairs = rows
      .slice(from, from + NAMES_PER_STATEMENT)
      .map(({ course, date }) => sql`(${course}, ${date})`);
    const found = await visibleUserActivity(range.snapshot, range.scope)
      .select(['moodle_course_id', 'course_id', 'id_number', 'course_name', 'course_shortname'])
      .where(sql<boolean>`(moodle_course_id, extraction_date) IN (${sql.join(pairs)})`)
      .execute(untilAborted(range));
    for (const { moodle_course_id, ...own } of found) names.set(moodle_course_id, own);
  }
  return names;
}
