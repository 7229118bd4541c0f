import { mapInSlices } from '@etl/core';
import { sql } from 'kysely';
import type { Days } from './date-set.ts';
import {
  type ReadRange,
  rowsOf,
  untilAborted,
  VIEW_SUMS,
  type ViewSums,
  type Views,
  viewsOf,
} from './read-range.ts';

/** The sums of a date's rows. */
export interface DaySums {
  date: string;
  courses: number;
  students: number;
  teachers: number;
  views: Views;
  /** Courses with activity. */
  activeCourses: number;
}

/** The sums of each date of the range that has a row within the scope, in the order of the dates. */
export async function daySums(range: ReadRange): Promise<DaySums[]> {
  type Row = ViewSums &
    Record<'courses' | 'students' | 'teachers' | 'active', number | string | null> & { date: string };
  const { rows } = await sql<Row>`
    SELECT extraction_date AS date, COUNT(*) AS courses, SUM(num_students) AS students, SUM(num_teachers) AS teachers,
      ${VIEW_SUMS}, SUM(active_days > 0) AS active
    FROM ${rowsOf(range)} AS activity GROUP BY extraction_date ORDER BY extraction_date`.execute(
    range.snapshot,
    untilAborted(range),
  );
  return mapInSlices(rows, (row) => ({
    date: row.date,
    courses: Number(row.courses),
    students: Number(row.students ?? 0),
    teachers: Number(row.teachers ?? 0),
    views: viewsOf(row),
    activeCourses: Number(row.active ?? 0),
  }));
}

/** The days with activity among these, which are in the order of their dates. */
export function activeDaysOf(days: readonly DaySums[]): Days {
  const active = days.filter(({ activeCourses }) => activeCourses > 0);
  return { count: active.length, first: active[0]?.date ?? null, last: active.at(-1)?.date ?? null };
}
