import { type Kysely, sql } from 'kysely';

/** A copy of Moodle's category tree, so that scopes and roll-ups need no access to Moodle. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    CREATE TABLE IF NOT EXISTS course_categories_etl (
      id bigint(20) NOT NULL PRIMARY KEY,
      parent bigint(20) NOT NULL,
      depth int(11) NOT NULL,
      path varchar(255) NOT NULL,
      idnumber varchar(100),
      name varchar(255) NOT NULL,
      KEY idnumber (idnumber),
      KEY path (path)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=DYNAMIC`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await db.schema.dropTable('course_categories_etl').ifExists().execute();
}
