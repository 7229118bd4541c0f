import { sql } from 'kysely';
import {
  type ReadRange,
  rowsOf,
  untilAborted,
  VIEW_SUMS,
  type ViewSums,
  viewsOf,
} from '../reports/read-range.ts';
import { isSmallRow } from '../row-place.ts';
import type { MoodleId } from '../tables.ts';
import type { CategoryDay } from './write-part.ts';

/** The sums of the daily rows by place, by date. A course has one row a date. */
export async function categoryDays(range: ReadRange): Promise<Map<string, CategoryDay[]>> {
  type Row = ViewSums &
    Record<'courses' | 'active' | 'students' | 'teachers', number | string | null> & {
      date: string;
      category: MoodleId;
      small: number;
    };
  const { rows } = await sql<Row>`
    SELECT extraction_date AS date, category_id AS category, ${isSmallRow(range.smallBelow ?? 0)} AS small, COUNT(*) AS courses, SUM(active_days > 0) AS active,
      SUM(num_students + 0e0) AS students,
      SUM(num_teachers + 0e0) AS teachers, ${VIEW_SUMS}
    FROM ${rowsOf(range, [range])} AS activity GROUP BY extraction_date, category_id, small ORDER BY NULL`.execute(
    range.snapshot,
    untilAborted(range),
  );
  const days = new Map<string, CategoryDay[]>();
  for (const row of rows) {
    const day = days.get(row.date) ?? [];
    days.set(row.date, day);
    day.push({
      category: row.category,
      isSmall: Number(row.small) === 1,
      courses: Number(row.courses ?? 0),
      activeCourses: Number(row.active ?? 0),
      students: Number(row.students ?? 0),
      teachers: Number(row.teachers ?? 0),
      views: viewsOf(row),
    });
  }
  return days;
}

/** The stored sums by category of the first date of a range. */
export async function storedCategoryDays({ snapshot, from }: ReadRange): Promise<CategoryDay[]> {
  const rows = await snapshot
    .selectFrom('rollup_days')
    .selectAll()
    .where('extraction_date', '=', from)
    .execute();
  return rows.map((row) => ({
    category: row.category_id,
    isSmall: row.is_small === 1,
    courses: row.courses,
    activeCourses: row.active_courses,
    students: row.num_students,
    teachers: row.num_teachers,
    views: viewsOf(row),
  }));
}
