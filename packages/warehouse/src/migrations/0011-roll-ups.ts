import { type Kysely, sql } from 'kysely';

/**
 * Roll-ups: stored sums of daily rows. A row of `rollup_parts` is a span of dates whose sums are stored, and says
 * which merges they were made from. No other index than the primary key, which needs no gap locks: merges of
 * neighbouring dates write here at the same time.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE IF NOT EXISTS rollup_parts (
      part int(11) NOT NULL PRIMARY KEY,
      first_date date NOT NULL,
      last_date date NOT NULL,
      merges mediumtext NOT NULL,
      kinds text NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
  await sql`
    CREATE TABLE IF NOT EXISTS rollup_days (
      extraction_date date NOT NULL,
      category_id bigint(20) NOT NULL,
      courses int(11) NOT NULL,
      active_courses int(11) NOT NULL,
      num_students bigint(20) NOT NULL,
      num_teachers bigint(20) NOT NULL,
      file_views bigint(20) NOT NULL DEFAULT 0,
      video_views bigint(20) NOT NULL DEFAULT 0,
      forum_views bigint(20) NOT NULL DEFAULT 0,
      quiz_views bigint(20) NOT NULL DEFAULT 0,
      assignment_views bigint(20) NOT NULL DEFAULT 0,
      url_views bigint(20) NOT NULL DEFAULT 0,
      total_views bigint(20) NOT NULL DEFAULT 0,
      PRIMARY KEY (extraction_date, category_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
  await sql`
    CREATE TABLE IF NOT EXISTS rollup_courses (
      part int(11) NOT NULL,
      moodle_course_id bigint(20) NOT NULL,
      category_id bigint(20) NOT NULL,
      newest_date date NOT NULL,
      num_students int(11) NOT NULL,
      num_teachers int(11) NOT NULL,
      file_views bigint(20) NOT NULL DEFAULT 0,
      video_views bigint(20) NOT NULL DEFAULT 0,
      forum_views bigint(20) NOT NULL DEFAULT 0,
      quiz_views bigint(20) NOT NULL DEFAULT 0,
      assignment_views bigint(20) NOT NULL DEFAULT 0,
      url_views bigint(20) NOT NULL DEFAULT 0,
      total_views bigint(20) NOT NULL DEFAULT 0,
      active_days int(11) NOT NULL,
      first_active date,
      last_active date,
      PRIMARY KEY (part, moodle_course_id, category_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
  // `moodle_course_id` 0 stands for all courses that have rows in one category only. The others have a row each.
  await sql`
    CREATE TABLE IF NOT EXISTS rollup_enrolments (
      part int(11) NOT NULL,
      category_id bigint(20) NOT NULL,
      moodle_course_id bigint(20) NOT NULL,
      newest_date date,
      courses int(11) NOT NULL,
      num_students bigint(20) NOT NULL,
      num_teachers bigint(20) NOT NULL,
      PRIMARY KEY (part, category_id, moodle_course_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of ['rollup_enrolments', 'rollup_courses', 'rollup_days', 'rollup_parts']) {
    await db.schema.dropTable(table).ifExists().execute();
  }
}
