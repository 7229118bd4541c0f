import { type Kysely, sql } from 'kysely';

/**
 * The settings of figures, in one row. A column is NULL until a worker stores its own value. If runs have completed
 * already, the row gets the settings of the newest ones. Runs of the PHP system did not record theirs.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE IF NOT EXISTS etl_settings (
      id tinyint(4) NOT NULL PRIMARY KEY,
      time_zone varchar(64),
      student_role_ids varchar(1000),
      teacher_role_ids varchar(1000),
      updated_by varchar(255) NOT NULL,
      updated_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`.execute(db);
  const { time_zone } = await newestDetails(db, 'activity_counts', 'time_zone');
  const { roles } = await newestDetails(db, 'user_counts', 'roles');
  if (!time_zone && !roles) return;
  // IGNORE: a kill after this statement must not fail the next attempt.
  await sql`
    INSERT IGNORE INTO etl_settings (id, time_zone, student_role_ids, teacher_role_ids, updated_by)
    VALUES (1, ${time_zone ?? null}, ${roles?.students.join(',') ?? null}, ${roles?.teachers.join(',') ?? null}, 'migrate')`.execute(
    db,
  );
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('etl_settings').ifExists().execute();
}

interface Details {
  time_zone?: string;
  roles?: { students: number[]; teachers: number[] };
}

/** The details of the newest completed row of a batch that has this detail. Empty if there is none. */
async function newestDetails(
  db: Kysely<unknown>,
  batch: 'activity_counts' | 'user_counts',
  detail: keyof Details,
): Promise<Details> {
  const { rows } = await sql<{ details: string }>`
    SELECT details FROM log_scheduler
    WHERE batch_name = ${batch} AND status = 1 AND JSON_EXTRACT(details, '$.adopted') IS NULL
      AND JSON_EXTRACT(details, ${`$.${detail}`}) IS NOT NULL
    ORDER BY finished_at DESC, id DESC LIMIT 1`.execute(db);
  return rows[0] ? (JSON.parse(rows[0].details) as Details) : {};
}
