import { mapInSlices } from '@etl/core';
import { sql } from 'kysely';
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

/**
 * The sums of a category's own rows of a date. A course has one row a date, so the sums of several categories add up.
 */
export interface CategoryDay {
  date: string;
  /** As the rows name it. 0 for rows of the PHP system. */
  category: MoodleId;
  courses: number;
  students: number;
  teachers: number;
  views: Views;
  /** Courses with activity. */
  activeCourses: number;
}

/** The sums of each date and category of the range that have a row, by date, then by category. */
export async function categoryDays(range: ReadRange): Promise<CategoryDay[]> {
  type Row = ViewSums &
    Record<'courses' | 'students' | 'teachers' | 'active', number | string | null> & {
      date: string;
      category: MoodleId;
    };
  const { rows } = await sql<Row>`
    SELECT extraction_date AS date, category_id AS category, COUNT(*) AS courses, SUM(num_students) AS students,
      SUM(num_teachers) AS teachers, ${VIEW_SUMS}, SUM(active_days > 0) AS active
    FROM ${rowsOf(range)} AS activity GROUP BY extraction_date, category_id ORDER BY extraction_date, category_id`.execute(
    range.snapshot,
    untilAborted(range),
  );
  return mapInSlices(rows, (row) => ({
    date: row.date,
    category: row.category,
    courses: Number(row.courses),
    students: Number(row.students ?? 0),
    teachers: Number(row.teachers ?? 0),
    views: viewsOf(row),
    activeCourses: Number(row.active ?? 0),
  }));
}
