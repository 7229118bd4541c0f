import { VIEW_COLUMNS } from '@etl/core';
import { type RawBuilder, sql } from 'kysely';
import type { MoodleId, Warehouse } from '../../src/index.ts';

/** The daily rows that an answer is made of. Without categories: all. */
export interface Rows {
  from: string;
  to: string;
  categories: readonly MoodleId[] | undefined;
  /** Only rows with as many students. */
  smallBelow: number;
}

/**
 * Answers from daily rows alone, each by one statement that shares nothing with the code that it judges: neither its
 * scopes, nor its roll-ups, nor its way to the newest row.
 */
export type Oracle = ReturnType<typeof oracleOn>;

/** As whole numbers: a SUM is a DECIMAL, which arrives as text. */
const whole = (sum: string) => `CAST(${sum} AS SIGNED)`;
const SUMS = sql.raw(
  [...VIEW_COLUMNS, 'total_views'].map((views) => `${whole(`SUM(${views})`)} AS ${views}`).join(', '),
);
const STUDENTS = sql.raw(whole('COALESCE(SUM(num_students), 0)'));
const TEACHERS = sql.raw(whole('COALESCE(SUM(num_teachers), 0)'));
const ACTIVE = sql.raw(whole('SUM(active_days > 0)'));
const ACTIVE_DATE = sql`CASE WHEN active_days > 0 THEN extraction_date END`;

/** `daily`: the rows of an alias. */
function daily({ from, to, categories, smallBelow }: Rows): RawBuilder<unknown> {
  // As numbers in the text: the server compares a mixed list of numbers and texts as floating-point numbers.
  const listed = categories && (categories.length > 0 ? categories.map(String).join(', ') : 'NULL');
  return sql`(SELECT * FROM user_activity_etl
    WHERE extraction_date BETWEEN ${from} AND ${to} AND num_students >= ${smallBelow} ${listed === undefined ? sql`` : sql`AND category_id IN (${sql.raw(listed)})`})`;
}

export function oracleOn(snapshot: Warehouse) {
  const all = async (statement: RawBuilder<Record<string, unknown>>) =>
    (await statement.execute(snapshot)).rows;
  return {
    courseParts: (rows: Rows, smallBelow = 0) =>
      all(sql`
        SELECT course, category, small, ${sql.raw([...VIEW_COLUMNS, 'total_views'].map((views) => `sums.${views}`).join(', '))},
          newest_date, newest.num_students AS students, newest.num_teachers AS teachers, active, first_active, last_active
        FROM (
          SELECT moodle_course_id AS course, category_id AS category, num_students < ${smallBelow} AS small, ${SUMS}, MAX(extraction_date) AS newest_date,
            ${ACTIVE} AS active, MIN(${ACTIVE_DATE}) AS first_active, MAX(${ACTIVE_DATE}) AS last_active
          FROM ${daily(rows)} AS own GROUP BY moodle_course_id, category_id, small
        ) AS sums
        JOIN user_activity_etl AS newest ON newest.moodle_course_id = course AND newest.extraction_date = newest_date
        ORDER BY course, category, small`),

    daySums: (rows: Rows) =>
      all(sql`
        SELECT extraction_date AS date, COUNT(*) AS courses, ${STUDENTS} AS students, ${TEACHERS} AS teachers, ${SUMS},
          ${ACTIVE} AS active
        FROM ${daily(rows)} AS own GROUP BY extraction_date ORDER BY extraction_date`),

    categoryDays: (date: string, smallBelow: number) =>
      all(sql`
        SELECT extraction_date AS date, category_id AS category, num_students < ${smallBelow} AS small, COUNT(*) AS courses, ${ACTIVE} AS active,
          ${STUDENTS} AS students, ${TEACHERS} AS teachers, ${SUMS}
        FROM user_activity_etl WHERE extraction_date = ${date}
        GROUP BY extraction_date, category_id, small ORDER BY category_id, small`),

    /** Enrolments of courses that stayed in one category, small or not (as course 0), and of the others each. */
    enrolmentsByPlace: (rows: Rows, smallBelow: number) =>
      all(sql`
        SELECT category, small, CASE WHEN has_moved THEN course ELSE 0 END AS course,
          MAX(CASE WHEN has_moved THEN newest_date END) AS newest_date, COUNT(*) AS courses, ${STUDENTS} AS students,
          ${TEACHERS} AS teachers
        FROM (
          SELECT moodle_course_id AS course, category_id AS category, num_students < ${smallBelow} AS small,
            extraction_date AS newest_date, num_students, num_teachers,
            ROW_NUMBER() OVER (
              PARTITION BY moodle_course_id, category_id, num_students < ${smallBelow} ORDER BY extraction_date DESC
            ) AS age,
            MIN(category_id) OVER (PARTITION BY moodle_course_id) <> MAX(category_id) OVER (PARTITION BY moodle_course_id)
              OR MIN(num_students) OVER (PARTITION BY moodle_course_id) < ${smallBelow}
              AND MAX(num_students) OVER (PARTITION BY moodle_course_id) >= ${smallBelow} AS has_moved
          FROM ${daily(rows)} AS own
        ) AS ranked
        WHERE age = 1 GROUP BY category, small, CASE WHEN has_moved THEN course ELSE 0 END ORDER BY category, small, 3`),

    /** The newest row of each course in each category. */
    courseEnrolments: (rows: Rows) =>
      all(sql`
        SELECT moodle_course_id AS course, category_id AS category, extraction_date AS date, num_students AS students,
          num_teachers AS teachers
        FROM (
          SELECT own.*,
            ROW_NUMBER() OVER (PARTITION BY moodle_course_id, category_id ORDER BY extraction_date DESC) AS age
          FROM ${daily(rows)} AS own
        ) AS ranked
        WHERE age = 1 ORDER BY moodle_course_id, category_id`),

    categorySums: (rows: Rows) =>
      all(sql`
        SELECT category_id AS category, ${SUMS}, COUNT(DISTINCT ${ACTIVE_DATE}) AS count, MIN(${ACTIVE_DATE}) AS first,
          MAX(${ACTIVE_DATE}) AS last
        FROM ${daily(rows)} AS own GROUP BY category_id ORDER BY category_id`),

    /** Enrolments of the newest row of each course. */
    enrolments: async (rows: Rows) =>
      (
        await all(sql`
          SELECT COUNT(*) AS courses, ${STUDENTS} AS students, ${TEACHERS} AS teachers
          FROM ${daily(rows)} AS own
          WHERE NOT EXISTS (
            SELECT 1 FROM ${daily(rows)} AS later
            WHERE later.moodle_course_id = own.moodle_course_id AND later.extraction_date > own.extraction_date
          )`)
      )[0],

    /** The figures of each group, by its key, or of all rows together. */
    groups: (rows: Rows, key: RawBuilder<unknown>) =>
      all(sql`
        SELECT grouped.*, enrolled.courses, enrolled.num_students, enrolled.num_teachers,
          -- Whole numbers: MySQL rounds the quotient of a quotient twice.
          ROUND((200 * total_views + enrolled.num_students * active) DIV NULLIF(2 * enrolled.num_students * active, 0) / 100, 2)
            AS average
        FROM (
          SELECT ${key} AS place, ${SUMS}, COUNT(DISTINCT ${ACTIVE_DATE}) AS active,
            COALESCE(DATEDIFF(MAX(${ACTIVE_DATE}), MIN(${ACTIVE_DATE})) + 1, 0) AS span
          FROM ${daily(rows)} AS activity LEFT JOIN course_categories_etl AS tree ON tree.id = category_id GROUP BY place
        ) AS grouped
        JOIN (
          SELECT place, COUNT(*) AS courses, ${STUDENTS} AS num_students, ${TEACHERS} AS num_teachers
          FROM (
            SELECT ${key} AS place, num_students, num_teachers,
              ROW_NUMBER() OVER (PARTITION BY ${key}, moodle_course_id ORDER BY extraction_date DESC) AS age
            FROM ${daily(rows)} AS activity LEFT JOIN course_categories_etl AS tree ON tree.id = category_id
          ) AS ranked
          WHERE age = 1 GROUP BY place
        ) AS enrolled ON enrolled.place = grouped.place
        ORDER BY grouped.place`),

    /** Dates without a completed merge are not among them. */
    mergedDates: async ({ from, to }: Rows) =>
      (
        await all(sql`
          SELECT DISTINCT extraction_date AS date FROM log_scheduler
          WHERE batch_name = 'main_etl' AND status = 1 AND extraction_date BETWEEN ${from} AND ${to}`)
      ).map(({ date }) => date as string),
  };
}

/** What `summarize` groups by, as text that is never NULL. */
export const PLACES = {
  course: sql`CAST(moodle_course_id AS CHAR)`,
  day: sql`CAST(extraction_date AS CHAR)`,
  directorate: sql`COALESCE(SUBSTRING_INDEX(SUBSTRING(tree.path, 2), '/', 1), '')`,
  unit: sql`COALESCE(CONCAT(SUBSTRING_INDEX(SUBSTRING(tree.path, 2), '/', 1), '/',
    CASE WHEN tree.depth = 1 THEN '' ELSE SUBSTRING_INDEX(SUBSTRING_INDEX(tree.path, '/', 3), '/', -1) END), '/')`,
  all: sql`''`,
} as const;
