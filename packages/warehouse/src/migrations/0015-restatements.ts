import { type Kysely, sql } from 'kysely';

/**
 * Restatements: a later run changed the figures of a final date. `id` is the row of `log_scheduler` of the merge that
 * changed them, so that no merge records two. The columns `old_…` and `new_…` of figures are JSON.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE IF NOT EXISTS restatements (
      id int(11) NOT NULL PRIMARY KEY,
      extraction_date date NOT NULL,
      run_id varchar(36) NOT NULL,
      replaced_run_id varchar(36) NOT NULL,
      replaced_at timestamp(3) NULL DEFAULT NULL,
      restated_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
      why varchar(100) NOT NULL,
      old_total_views bigint(20) NOT NULL,
      new_total_views bigint(20) NOT NULL,
      courses int(11),
      KEY extraction_date (extraction_date),
      KEY restated_at (restated_at)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
  // The sums of each category's own rows. changed: courses whose old or new row is in it. unlisted: those of them
  // that have no row in restatement_courses.
  await sql`
    CREATE TABLE IF NOT EXISTS restatement_categories (
      restatement int(11) NOT NULL,
      category_id bigint(20) NOT NULL,
      old_sums text,
      new_sums text,
      changed int(11) NOT NULL,
      unlisted int(11) NOT NULL,
      PRIMARY KEY (restatement, category_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
  // old_figures is NULL if the course had no row, new_figures if it has none any more. Both have all figures if the
  // course came, went or moved, else those that differ.
  await sql`
    CREATE TABLE IF NOT EXISTS restatement_courses (
      restatement int(11) NOT NULL,
      moodle_course_id bigint(20) NOT NULL,
      old_category bigint(20),
      new_category bigint(20),
      course_name varchar(1333) NOT NULL,
      why varchar(100) NOT NULL,
      old_figures text,
      new_figures text,
      PRIMARY KEY (restatement, moodle_course_id)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of ['restatement_courses', 'restatement_categories', 'restatements']) {
    await db.schema.dropTable(table).ifExists().execute();
  }
}
