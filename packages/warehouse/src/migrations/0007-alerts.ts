import { type Kysely, sql } from 'kysely';

/** Alerts that were notified as firing and not as resolved. `state` is JSON. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE IF NOT EXISTS etl_alerts (
      cause varchar(100) NOT NULL PRIMARY KEY,
      state mediumtext NOT NULL
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('etl_alerts').ifExists().execute();
}
