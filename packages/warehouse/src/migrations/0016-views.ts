import type { Kysely } from 'kysely';
import { dropViews } from '../views/index.ts';

/** The views for other tools. `migrate` creates them after the last migration, since they name columns of later ones. */
export async function up(): Promise<void> {}

export async function down(db: Kysely<unknown>): Promise<void> {
  await dropViews(db);
}
