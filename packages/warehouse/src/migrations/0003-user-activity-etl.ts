import { type Kysely, sql } from 'kysely';

/**
 * One row for each course and date. `course_id` is the idnumber of the course's category, which courses share: what is
 * unique is Moodle's own course id. Names are as long as Moodle lets them be.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE IF NOT EXISTS user_activity_etl (
      id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
      moodle_course_id bigint(20) NOT NULL,
      course_id varchar(100),
      id_number varchar(100),
      course_name varchar(1333),
      course_shortname varchar(255),
      category_id bigint(20) NOT NULL,
      category_path varchar(255) NOT NULL DEFAULT '',
      num_teachers int(11) DEFAULT 0,
      num_students int(11) DEFAULT 0,
      file_views int(11) DEFAULT 0,
      video_views int(11) DEFAULT 0,
      forum_views int(11) DEFAULT 0,
      quiz_views int(11) DEFAULT 0,
      assignment_views int(11) DEFAULT 0,
      url_views int(11) DEFAULT 0,
      total_views int(11) DEFAULT 0,
      avg_activity_per_student_per_day decimal(10,2) DEFAULT 0.00,
      active_days int(11) DEFAULT 0,
      extraction_date date NOT NULL,
      created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
      updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
      UNIQUE KEY unique_moodle_course_date (moodle_course_id, extraction_date),
      KEY course_id_date (course_id, extraction_date),
      KEY extraction_date (extraction_date)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('user_activity_etl').ifExists().execute();
}
