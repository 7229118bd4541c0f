import { type Kysely, sql } from 'kysely';
import { hasIndex } from './repeatable.ts';

/** Finds the rows that were changed lately. A gateway with open event streams asks once a second. */
export async function up(db: Kysely<unknown>): Promise<void> {
  if (await hasIndex(db, 'log_scheduler', 'updated_at')) return;
  await sql`ALTER TABLE log_scheduler ADD INDEX updated_at (updated_at)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  if (!(await hasIndex(db, 'log_scheduler', 'updated_at'))) return;
  await sql`ALTER TABLE log_scheduler DROP INDEX updated_at`.execute(db);
}
