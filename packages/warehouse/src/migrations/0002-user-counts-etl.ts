import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE IF NOT EXISTS user_counts_etl (
      id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
      courseid bigint(20) NOT NULL,
      num_students int(11) DEFAULT 0,
      num_teachers int(11) DEFAULT 0,
      extraction_date date NOT NULL,
      created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
      updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
      UNIQUE KEY unique_course_date_users (courseid, extraction_date),
      KEY extraction_date (extraction_date)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('user_counts_etl').ifExists().execute();
}
