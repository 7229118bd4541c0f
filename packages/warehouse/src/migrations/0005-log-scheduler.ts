import { type Kysely, sql } from 'kysely';

/**
 * One row for each batch of a run. `active_key` is `batch|date` while the row is queued or in progress, else NULL.
 * Its unique index refuses a second run of the same batch and date.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE IF NOT EXISTS log_scheduler (
      id int(11) NOT NULL AUTO_INCREMENT PRIMARY KEY,
      run_id char(36) NOT NULL,
      job_id varchar(100) NOT NULL,
      batch_name varchar(50) NOT NULL,
      extraction_date date NOT NULL,
      \`offset\` bigint(20) NOT NULL DEFAULT 0,
      numrow bigint(20) NOT NULL DEFAULT 0,
      limit_size int(11) NOT NULL,
      status tinyint(4) NOT NULL,
      start_date datetime NOT NULL,
      end_date datetime NOT NULL,
      trigger_type varchar(20) NOT NULL,
      requested_by varchar(255) NOT NULL,
      attempt int(11) NOT NULL DEFAULT 0,
      error_details text,
      details longtext NOT NULL,
      active_key varchar(70),
      fence int(11) NOT NULL DEFAULT 0,
      lease_until timestamp(3) NULL DEFAULT NULL,
      started_at timestamp(3) NULL DEFAULT NULL,
      finished_at timestamp(3) NULL DEFAULT NULL,
      created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
      updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
      UNIQUE KEY unique_active_key (active_key),
      KEY run_id (run_id),
      KEY date_batch (extraction_date, batch_name),
      KEY batch_status (batch_name, status, extraction_date)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('log_scheduler').ifExists().execute();
}
