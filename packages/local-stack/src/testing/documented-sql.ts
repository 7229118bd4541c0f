import { VIEW_COLUMNS, VIEW_KINDS } from '@etl/core';
import type { Connection } from 'mysql2/promise';

/** The documented counts, as the documentation writes them. The list of kinds does not change them. */
const DOCUMENTED_COUNTS = `
    COUNT(CASE WHEN component = 'mod_resource' THEN 1 END) AS File_Views,
    COUNT(CASE WHEN component = 'mod_page' THEN 1 END) AS Video_Views,
    COUNT(CASE WHEN component = 'mod_forum' THEN 1 END) AS Forum_Views,
    COUNT(CASE WHEN component = 'mod_quiz' THEN 1 END) AS Quiz_Views,
    COUNT(CASE WHEN component = 'mod_assign' THEN 1 END) AS Assignment_Views,
    COUNT(CASE WHEN component = 'mod_url' THEN 1 END) AS URL_Views,`;

/** The counts of kinds that the documentation does not know, in its form. */
const FURTHER_COUNTS = VIEW_KINDS.filter(({ component }) => !DOCUMENTED_COUNTS.includes(`'${component}'`))
  .map(({ column, component }) => `COUNT(CASE WHEN component = '${component}' THEN 1 END) AS ${column},`)
  .join(' ');

/** The documentation's own statements. A comment marks each decision that they do not contain. */
const ACTIVITY_COUNTS = `
  SELECT
    courseid,${DOCUMENTED_COUNTS} ${FURTHER_COUNTS}
    DATEDIFF(FROM_UNIXTIME(MAX(timecreated)), FROM_UNIXTIME(MIN(timecreated))) + 1 AS ActiveDays
  FROM mdl_logstore_standard_log
  WHERE contextlevel = 70 AND action = 'viewed'
  AND timecreated BETWEEN ? AND ?
  GROUP BY courseid`;

const USER_COUNTS = `
  SELECT
    ctx.instanceid AS courseid,
    COUNT(DISTINCT CASE WHEN ra.roleid = 5 THEN ra.userid END) AS Num_Students,
    COUNT(DISTINCT CASE WHEN ra.roleid IN (3, 4) THEN ra.userid END) AS Num_Teachers
  FROM mdl_role_assignments ra
  JOIN mdl_context ctx ON ra.contextid = ctx.id
  WHERE ctx.contextlevel = 50
  GROUP BY ctx.instanceid`;

const columnsOf = (write: (column: string) => string, separator = ', ') =>
  VIEW_COLUMNS.map(write).join(separator);

const TOTAL_VIEWS = `COALESCE(${columnsOf((column) => `ac.${column}`, ' + ')}, 0)`;

/** Decided: the key of a row is Moodle's course id, and \`total_views\` is the sum of the counts, written out. */
const MAIN_ETL = `
  SELECT
    subjects.id AS moodle_course_id,
    categories.idnumber AS course_id,
    subjects.idnumber AS id_number,
    subjects.fullname AS course_name,
    subjects.shortname AS course_shortname,
    categories.id AS category_id,
    categories.path AS category_path,
    COALESCE(uc.num_teachers, 0) AS num_teachers,
    COALESCE(uc.num_students, 0) AS num_students,
    ${columnsOf((column) => `COALESCE(ac.${column}, 0) AS ${column}`)},
    ${TOTAL_VIEWS} AS total_views,
    ROUND(
      (${TOTAL_VIEWS})
      / NULLIF(uc.num_students, 0) / NULLIF(ac.active_days, 0), 2
    ) AS avg_activity_per_student_per_day,
    COALESCE(ac.active_days, 0) AS active_days
  FROM mdl_course subjects
  LEFT JOIN mdl_course_categories categories ON subjects.category = categories.id
  LEFT JOIN activity_counts_etl ac ON subjects.id = ac.courseid AND ac.extraction_date = ?
  LEFT JOIN user_counts_etl uc ON subjects.id = uc.courseid AND uc.extraction_date = ?
  WHERE subjects.visible = 1 AND categories.idnumber IS NOT NULL`;

/**
 * The statements and their values: activity takes the first and last second of the day, enrolments none, the merge
 * the date twice.
 */
export const DOCUMENTED_SQL = { activityCounts: ACTIVITY_COUNTS, userCounts: USER_COUNTS, mainEtl: MAIN_ETL };

type Row = Record<string, number | string | null>;

/** A day of the institution's calendar, its bounds in epoch seconds. */
export interface OracleDay {
  date: string;
  timeZone: string;
  start: number;
  end: number;
}

/** The loaded tables of a day by name, in the order of course ids, without their own ids and times. */
export type DayTables = Record<'activity_counts_etl' | 'user_counts_etl' | 'user_activity_etl', Row[]>;

/**
 * Makes the session divide with 30 decimal places. MySQL divides with 4 by default, so that the documented ROUND
 * would round a rounded number. 30 places are exact: a quotient that ends on a half has far fewer.
 */
export async function divideExactly(connection: Connection): Promise<void> {
  await connection.query('SET SESSION div_precision_increment = 30');
}

/**
 * The result of the documentation's SQL for a day, computed from the source alone: the counts in temporary tables,
 * then their merge. The account must be allowed to create temporary tables there. The server must know the day's zone
 * by name.
 */
export async function documentedTables(
  connection: Connection,
  source: string,
  day: OracleDay,
): Promise<DayTables> {
  await connection.query('USE ??', [source]);
  // FROM_UNIXTIME uses the session's zone.
  await connection.query('SET time_zone = ?', [day.timeZone]);
  await divideExactly(connection);
  const make = async (table: string, select: string, values: unknown[]) => {
    await connection.query(`DROP TEMPORARY TABLE IF EXISTS ${table}`);
    await connection.query(`CREATE TEMPORARY TABLE ${table} AS ${select}`, values);
  };
  await make(
    'activity_counts_etl',
    // Decided: rows of no course (NULL or 0) are no course's counts.
    `SELECT courseid, ${columnsOf((column) => `documented.${column} AS ${column}`)},
       ActiveDays AS active_days, ? AS extraction_date
     FROM (${ACTIVITY_COUNTS}) documented WHERE courseid <> 0`,
    [day.date, day.start, day.end - 1],
  );
  await make(
    'user_counts_etl',
    `SELECT courseid, Num_Students AS num_students, Num_Teachers AS num_teachers, ? AS extraction_date
     FROM (${USER_COUNTS}) documented`,
    [day.date],
  );
  const rows = async (sql: string, values: unknown[] = []) =>
    ((await connection.query(sql, values))[0] as Row[]).map(({ extraction_date, ...row }) => row);
  return {
    activity_counts_etl: inOrder(await rows('SELECT * FROM activity_counts_etl'), 'courseid'),
    user_counts_etl: inOrder(await rows('SELECT * FROM user_counts_etl'), 'courseid'),
    user_activity_etl: inOrder(await rows(MAIN_ETL, [day.date, day.date]), 'moodle_course_id'),
  };
}

/** The loaded tables of a date in the warehouse, in the same form. */
export async function loadedTables(
  connection: Connection,
  warehouse: string,
  date: string,
): Promise<DayTables> {
  const table = async (name: string, order: string) => {
    const [rows] = await connection.query('SELECT * FROM ??.?? WHERE extraction_date = ?', [
      warehouse,
      name,
      date,
    ]);
    const columns = (rows as Row[]).map(
      ({ id, extraction_date, created_at, updated_at, other_views, ...columns }) => columns,
    );
    return inOrder(columns, order);
  };
  return {
    activity_counts_etl: await table('activity_counts_etl', 'courseid'),
    user_counts_etl: await table('user_counts_etl', 'courseid'),
    user_activity_etl: await table('user_activity_etl', 'moodle_course_id'),
  };
}

function inOrder(rows: Row[], key: string): Row[] {
  return rows.toSorted((a, b) => (BigInt(a[key] ?? 0) < BigInt(b[key] ?? 0) ? -1 : 1));
}
