import { isTableMissing } from '@etl/core';
import { sql } from 'kysely';
import { type MigrationResultSet, Migrator, NO_MIGRATIONS } from 'kysely/migration';
import { MIGRATIONS } from './migrations/index.ts';
import { createViews, dropViews, removeViews, type ViewOptions } from './views/index.ts';
import type { Warehouse } from './warehouse.ts';

/**
 * Runs the pending migrations, creates the views of this version, and returns the names of the migrations. Safe to run from
 * several processes at once. Does nothing if a newer version has migrated already: its schema contains ours.
 */
export async function migrate(warehouse: Warehouse, options: ViewOptions = {}): Promise<string[]> {
  const newer = await newerMigrations(warehouse);
  if (newer.length > 0) {
    const pending = await pendingMigrations(warehouse);
    if (pending.length === 0) return [];
    throw new Error(
      `The warehouse has migrations that this version does not know (${newer.join(', ')}), and lacks some of its own ` +
        `(${pending.join(', ')}). Install the version that migrated it, or a newer one.`,
    );
  }
  if ((await pendingMigrations(warehouse)).length > 0) await removeViews(warehouse, options);
  const done = namesDone(await migrator(warehouse).migrateToLatest());
  await createViews(warehouse, options);
  return done;
}

/**
 * Drops the views, undoes the migrations after the named one, newest first, and returns their names. Without a name all
 * tables and their data are dropped.
 */
export async function unmigrate(warehouse: Warehouse, last?: string): Promise<string[]> {
  await dropViews(warehouse);
  return namesDone(await migrator(warehouse).migrateTo(last ?? NO_MIGRATIONS));
}

/** Names of the pending migrations. */
export async function pendingMigrations(warehouse: Warehouse): Promise<string[]> {
  const done = new Set((await migrationsDone(warehouse)).map(({ name }) => name));
  return Object.keys(MIGRATIONS).filter((name) => !done.has(name));
}

/** Names of the migrations that a newer version has run. */
export async function newerMigrations(warehouse: Warehouse): Promise<string[]> {
  const done = await migrationsDone(warehouse);
  return done.map(({ name }) => name).filter((name) => !(name in MIGRATIONS));
}

/**
 * The migrations that have run, in the order of their names. Kysely's own list reads the columns of all tables
 * first, which takes 20 ms.
 */
async function migrationsDone(warehouse: Warehouse): Promise<{ name: string; timestamp: string }[]> {
  try {
    const done = await sql<{ name: string; timestamp: string }>`
      SELECT name, timestamp FROM kysely_migration ORDER BY name`.execute(warehouse);
    return done.rows;
  } catch (error) {
    // No migration has ever run.
    if (isTableMissing(error)) return [];
    throw error;
  }
}

/** What to do if there are any. */
export const TABLES_ARE_OLD = 'Tables are missing or old: run `pnpm migrate`';

/** When the first migration ran. Undefined if none did. */
export async function migratedAt(warehouse: Warehouse): Promise<Date | undefined> {
  const [first] = await migrationsDone(warehouse);
  return first && new Date(first.timestamp);
}

function migrator(warehouse: Warehouse): Migrator {
  return new Migrator({ db: warehouse, provider: { getMigrations: async () => MIGRATIONS } });
}

function namesDone({ error, results = [] }: MigrationResultSet): string[] {
  if (error) {
    const failed = results.find(({ status }) => status === 'Error');
    throw failed ? new Error(`Migration ${failed.migrationName} failed`, { cause: error }) : error;
  }
  return results.filter(({ status }) => status === 'Success').map(({ migrationName }) => migrationName);
}
