import { type Kysely, sql } from 'kysely';
import { addColumnIfMissing, dropColumnIfPresent } from './repeatable.ts';

const TABLES = ['activity_counts_etl', 'user_activity_etl'];

/** Views of modules without a kind. They make a day active. NULL: not recorded. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of TABLES) await addColumnIfMissing(db, table, 'other_views', sql`int(11) DEFAULT NULL`);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of TABLES) await dropColumnIfPresent(db, table, 'other_views');
}
