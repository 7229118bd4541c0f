import { type Kysely, sql } from 'kysely';

/** The courses that a merge left out, with the reason and the views that are therefore in no figure. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE IF NOT EXISTS left_out_courses (
      id int(11) NOT NULL AUTO_INCREMENT,
      extraction_date date NOT NULL,
      moodle_course_id bigint(20) NOT NULL,
      reason varchar(40) NOT NULL,
      views int(11) NOT NULL,
      category_id bigint(20),
      id_number varchar(100),
      course_name varchar(1333),
      course_shortname varchar(255),
      PRIMARY KEY (id),
      UNIQUE KEY uniq_left_out_courses (extraction_date, moodle_course_id),
      KEY idx_left_out_courses_views (views, extraction_date)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('left_out_courses').ifExists().execute();
}
