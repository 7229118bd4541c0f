import { type RawBuilder, sql } from 'kysely';
import { freshDaysOf } from '../roll-ups/fresh-days.ts';
import { visibleRollUps } from '../scope.ts';
import type { Days } from './date-set.ts';
import {
  ofDates,
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
  const { fresh, others } = await freshDaysOf(range);
  const days: DaySums[] = [];
  if (fresh.length > 0) {
    const stored = await read(range, {
      courses: sql`SUM(courses + 0e0)`,
      activeCourses: sql`SUM(active_courses + 0e0)`,
      from: sql`${visibleRollUps(range.scope, 'rollup_days')} AND ${ofDates(fresh)}`,
    });
    days.push(...stored);
  }
  if (others.length > 0) {
    const counted = await read(range, {
      courses: sql`COUNT(*)`,
      activeCourses: sql`SUM(active_days > 0)`,
      from: sql`${rowsOf(range, others)} AS activity`,
    });
    days.push(...counted);
  }
  return days.sort((a, b) => (a.date < b.date ? -1 : 1));
}

async function read(
  range: ReadRange,
  source: Record<'courses' | 'activeCourses' | 'from', RawBuilder<unknown>>,
): Promise<DaySums[]> {
  type Row = ViewSums &
    Record<'courses' | 'students' | 'teachers' | 'active', number | string | null> & { date: string };
  const { rows } = await sql<Row>`
    SELECT extraction_date AS date, ${source.courses} AS courses, SUM(num_students + 0e0) AS students,
      SUM(num_teachers + 0e0) AS teachers, ${VIEW_SUMS}, ${source.activeCourses} AS active
    FROM ${source.from} GROUP BY extraction_date ORDER BY NULL`.execute(range.snapshot, untilAborted(range));
  return rows.map((row) => ({
    date: row.date,
    courses: Number(row.courses ?? 0),
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
