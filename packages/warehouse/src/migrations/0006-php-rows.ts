import { type Kysely, type RawBuilder, sql } from 'kysely';
import { keptAs, type PHP_TABLES, tablesOf } from './php-tables.ts';

/**
 * Copies the figures of the PHP system, if its tables were found. Those stay, under their new names. The PHP system
 * did not keep Moodle's course ids with its results. Short names, which are unique in Moodle, distinguish its
 * courses, and negative numbers replace their ids. A date that it has rows of counts as completed.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  const present = await tablesOf(db);
  const has = (table: (typeof PHP_TABLES)[number]) => present.has(keptAs(table));
  if (has('activity_counts_etl')) await copyCounts(db, 'activity_counts_etl', ACTIVITY_COLUMNS);
  if (has('user_counts_etl')) await copyCounts(db, 'user_counts_etl', USER_COLUMNS);
  if (has('user_activity_etl')) {
    await copyResults(db);
    await recordDates(db);
  }
}

/** The rows are dropped with their tables. */
export async function down(): Promise<void> {}

/** The kinds of views that the PHP system counted. */
export const PHP_VIEW_COLUMNS = [
  'file_views',
  'video_views',
  'forum_views',
  'quiz_views',
  'assignment_views',
  'url_views',
] as const;
const ACTIVITY_COLUMNS = [...PHP_VIEW_COLUMNS, 'active_days'];
const USER_COLUMNS = ['num_students', 'num_teachers'];
const RESULT_NUMBERS = ['num_teachers', 'num_students', ...PHP_VIEW_COLUMNS, 'total_views', 'active_days'];

const columns = (names: readonly string[]) => sql.join(names.map((name) => sql.ref(name)));
/** The documented columns may be NULL, which the PHP system read as 0. */
const numbers = (names: readonly string[]) =>
  sql.join(names.map((name) => sql`COALESCE(${sql.ref(`php.${name}`)}, 0)`));
/** A row without a time of its own has that of its date. */
const times = sql`
  COALESCE(php.created_at, php.updated_at, php.extraction_date), COALESCE(php.updated_at, php.created_at, php.extraction_date)`;

async function copyCounts(
  db: Kysely<unknown>,
  table: 'activity_counts_etl' | 'user_counts_etl',
  names: readonly string[],
): Promise<void> {
  // The statement may be repeated after an interruption.
  await sql`
    INSERT INTO ${sql.table(table)} (courseid, ${columns(names)}, extraction_date, created_at, updated_at)
    SELECT php.courseid, ${numbers(names)}, php.extraction_date, ${times}
    FROM ${sql.table(keptAs(table))} AS php ORDER BY php.id
    ON DUPLICATE KEY UPDATE courseid = VALUES(courseid)`.execute(db);
}

async function copyResults(db: Kysely<unknown>): Promise<void> {
  const php = sql.table(keptAs('user_activity_etl'));
  // Of each short name the first row of all, whose number stands for the course, and the first of each date.
  await sql`
    INSERT INTO user_activity_etl (moodle_course_id, course_id, id_number, course_name, course_shortname, category_id,
      category_path, ${columns(RESULT_NUMBERS)}, avg_activity_per_student_per_day, extraction_date, created_at, updated_at)
    SELECT -(CASE WHEN of_date.id = php.id THEN of_all.id ELSE php.id END), COALESCE(php.course_id, ''), COALESCE(php.id_number, ''),
      COALESCE(php.course_name, ''), COALESCE(php.course_shortname, ''), 0, '', ${numbers(RESULT_NUMBERS)},
      CASE WHEN php.num_students > 0 AND php.active_days > 0 THEN php.avg_activity_per_student_per_day END, php.extraction_date,
      ${times}
    FROM ${php} AS php
    LEFT JOIN (SELECT MIN(id) AS id, BINARY course_shortname AS name FROM ${php} GROUP BY BINARY course_shortname) AS of_all
      ON of_all.name = BINARY php.course_shortname
    LEFT JOIN (
      SELECT MIN(id) AS id, BINARY course_shortname AS name, extraction_date FROM ${php}
      GROUP BY BINARY course_shortname, extraction_date
    ) AS of_date ON of_date.name = BINARY php.course_shortname AND of_date.extraction_date = php.extraction_date
    ORDER BY php.id
    ON DUPLICATE KEY UPDATE moodle_course_id = VALUES(moodle_course_id)`.execute(db);
}

/**
 * Records a completed run for each date, so that the API serves the figures. The merge does not say how many log
 * rows they were made of, so the schedule does not extract the date again. The activity counts say how many views
 * there were at least: if Moodle has lost some of them, a run ends with SOURCE_PURGED instead of replacing the
 * figures.
 */
async function recordDates(db: Kysely<unknown>): Promise<void> {
  const php = sql.table(keptAs('user_activity_etl'));
  // Merged figures lack courses that the counts have, and the counts can lack a day that was merged.
  const viewed = sql`GREATEST(SUM(COALESCE(php.total_views, 0)), COALESCE((
    SELECT SUM(${sql.join(
      PHP_VIEW_COLUMNS.map((views) => sql.ref(`counts.${views}`)),
      sql` + `,
    )})
    FROM activity_counts_etl AS counts WHERE counts.extraction_date = php.extraction_date), 0))`;
  await record(db, {
    batch: 'activity_counts',
    runs: sql`SELECT UUID() AS run_id, php.extraction_date, ${viewed} AS done, MAX(php.updated_at) AS updated_at
      FROM ${php} AS php GROUP BY php.extraction_date`,
    details: sql`CONCAT('{"time_zone":"UTC","adopted":true,"rows":{"read":', php.done, ',"counted":', php.done, ',"left_out":{}}}')`,
  });
  await record(db, {
    batch: 'main_etl',
    runs: sql`SELECT counted.run_id, php.extraction_date, COUNT(*) AS done, MAX(php.updated_at) AS updated_at
      FROM ${php} AS php JOIN log_scheduler AS counted
        ON counted.extraction_date = php.extraction_date AND counted.batch_name = 'activity_counts' AND counted.job_id = 'php'
      GROUP BY counted.run_id, php.extraction_date`,
    // The PHP system may not have finished its last date, and that day may not have ended.
    details: sql`CONCAT('{"time_zone":"UTC","adopted":true,"loaded":', php.done,
      IF(php.extraction_date = (SELECT MAX(extraction_date) FROM ${php}), ',"provisional":true}', '}'))`,
  });
}

/** Inserts completed rows of a batch for the dates that have none. */
async function record(
  db: Kysely<unknown>,
  { batch, runs, details }: { batch: string; runs: RawBuilder<unknown>; details: RawBuilder<unknown> },
): Promise<void> {
  await sql`
    INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, \`offset\`, numrow, limit_size, status, start_date, end_date,
      trigger_type, requested_by, attempt, details, started_at, finished_at)
    SELECT php.run_id, 'php', ${batch}, php.extraction_date, php.done, php.done, 1, 1,
      TIMESTAMP(php.extraction_date, '00:00:00'), TIMESTAMP(php.extraction_date, '23:59:59'), 'backfill', 'PHP system', 1,
      ${details}, COALESCE(php.updated_at, php.extraction_date), COALESCE(php.updated_at, php.extraction_date)
    FROM (${runs}) AS php
    WHERE php.extraction_date NOT IN (SELECT extraction_date FROM log_scheduler WHERE batch_name = ${batch})
    ORDER BY php.extraction_date`.execute(db);
}
