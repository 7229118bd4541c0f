import { type Kysely, sql } from 'kysely';
import { restorePhpTables, setPhpTablesAside } from './php-tables.ts';

/** The first of all: what the PHP system has left under these names makes room. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await setPhpTablesAside(db);
  await sql`
    CREATE TABLE IF NOT EXISTS activity_counts_etl (
      id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
      courseid bigint(20) NOT NULL,
      file_views int(11) DEFAULT 0,
      video_views int(11) DEFAULT 0,
      forum_views int(11) DEFAULT 0,
      quiz_views int(11) DEFAULT 0,
      assignment_views int(11) DEFAULT 0,
      url_views int(11) DEFAULT 0,
      active_days int(11) DEFAULT 0,
      extraction_date date NOT NULL,
      created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
      updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
      UNIQUE KEY unique_course_date (courseid, extraction_date),
      KEY extraction_date (extraction_date)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('activity_counts_etl').ifExists().execute();
  await restorePhpTables(db);
}
