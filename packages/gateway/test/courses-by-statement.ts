import { VIEW_COLUMNS } from '@etl/core';
import { sql } from 'kysely';
import { CATEGORIES, pathOf } from './generated-months.ts';
import type { Gateway } from './support.ts';

export const VIEWS = [...VIEW_COLUMNS, 'total_views'] as const;
const SUMS = sql.join(VIEWS.map((views) => sql`COALESCE(SUM(${sql.ref(views)}), 0) AS ${sql.ref(views)}`));
interface Course {
  total_views: number;
  last_active: string | null;
  [figure: string]: number | string | null;
}

/** What restricts the rows: the categories that a reader can see, and that are asked for. */
export const inCategories = (categories: number[] | null) =>
  categories === null ? sql`TRUE` : sql`category_id IN (${sql.join([...categories, -1])})`;

/** The figures of each course of Moodle by one statement over the daily rows. */
export async function byStatement(
  { warehouse }: Gateway,
  from: string,
  to: string,
  categories: number[] | null,
): Promise<Map<number, Course>> {
  const own = sql`moodle_course_id > 0 AND extraction_date BETWEEN ${from} AND ${to} AND ${inCategories(categories)}`;
  // Whole numbers below: MySQL rounds the quotient of a quotient twice.
  const divisor = sql`(SELECT num_students FROM user_activity_etl AS newest
    WHERE newest.moodle_course_id = activity.moodle_course_id AND newest.extraction_date = MAX(activity.extraction_date))
    * SUM(active_days > 0)`;
  const { rows } = await sql<Record<string, string | number | null>>`
    SELECT moodle_course_id, ${SUMS}, SUM(active_days > 0) AS active_days,
      MAX(CASE WHEN active_days > 0 THEN extraction_date END) AS last_active,
      (SELECT num_students FROM user_activity_etl AS newest
        WHERE newest.moodle_course_id = activity.moodle_course_id AND newest.extraction_date = MAX(activity.extraction_date)
      ) AS num_students,
      ROUND((200 * SUM(total_views) + ${divisor}) DIV NULLIF(2 * ${divisor}, 0) / 100, 2) AS avg_activity_per_student_per_day
    FROM user_activity_etl AS activity WHERE ${own} GROUP BY moodle_course_id ORDER BY moodle_course_id`.execute(
    warehouse,
  );
  return new Map(
    rows.map(({ moodle_course_id, last_active, avg_activity_per_student_per_day: average, ...numbers }) => [
      Number(moodle_course_id),
      {
        ...Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)])),
        total_views: Number(numbers.total_views),
        avg_activity_per_student_per_day: average === null ? null : Number(average),
        last_active: last_active as string | null,
      },
    ]),
  );
}

export async function completedDates({ warehouse }: Gateway, from: string, to: string): Promise<string[]> {
  const { rows } = await sql<{ date: string }>`
    SELECT DISTINCT extraction_date AS date FROM log_scheduler WHERE batch_name = 'main_etl' AND status = 1
      AND extraction_date BETWEEN ${from} AND ${to} ORDER BY date`.execute(warehouse);
  return rows.map(({ date }) => date);
}

export async function coursesOn(
  { warehouse }: Gateway,
  date: string | undefined,
  categories: number[] | null,
): Promise<number[]> {
  if (date === undefined) return [];
  const { rows } = await sql<{ id: number }>`SELECT moodle_course_id AS id FROM user_activity_etl
    WHERE extraction_date = ${date} AND ${inCategories(categories)}`.execute(warehouse);
  return rows.map(({ id }) => Number(id));
}

const ALL = [1, 2, 3, 4, 5, 6, 7];
/** The ids of a category and of those below it. */
export const subtreeOf = (idnumber: string) => {
  const root = CATEGORIES.find((one) => one.idnumber === idnumber)?.id ?? -1;
  return ALL.filter((one) => pathOf(one).includes(root));
};
