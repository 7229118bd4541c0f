import { type Kysely, sql } from 'kysely';
import { hasIndex } from './repeatable.ts';

/** The tables of the PHP system. Ours have the same names. */
export const PHP_TABLES = [
  'activity_counts_etl',
  'user_counts_etl',
  'user_activity_etl',
  'log_scheduler',
] as const;

/** The name under which a table of the PHP system is kept. */
export const keptAs = (table: (typeof PHP_TABLES)[number]) => `php_${table}`;

/**
 * Renames the tables that the PHP system has left in the warehouse, so that ours can be created. Their rows stay as
 * they are. A table of ours keeps its name: `migrate` created it earlier, and was killed before it recorded that.
 */
export async function setPhpTablesAside(db: Kysely<unknown>): Promise<void> {
  const tables = (await isFirstTableOurs(db)) ? PHP_TABLES.filter((table) => table !== FIRST) : PHP_TABLES;
  await rename(
    db,
    tables.map((table) => [table, keptAs(table)]),
  );
}

/** The table that the first migration creates: the only one of ours that can exist while no migration is recorded. */
const FIRST = 'activity_counts_etl';

/** Ours has no rows before all tables exist, and an index that the PHP system does not have. */
async function isFirstTableOurs(db: Kysely<unknown>): Promise<boolean> {
  if (!(await hasIndex(db, FIRST, 'extraction_date'))) return false;
  const { rows } = await sql`SELECT 1 FROM ${sql.table(FIRST)} LIMIT 1`.execute(db);
  return rows.length === 0;
}

/** Restores the names of the PHP system's tables. */
export async function restorePhpTables(db: Kysely<unknown>): Promise<void> {
  await rename(
    db,
    PHP_TABLES.map((table) => [keptAs(table), table]),
  );
}

/** The names of all tables. */
export async function tablesOf(db: Kysely<unknown>): Promise<Set<string>> {
  const { rows } = await sql<Record<string, string>>`SHOW TABLES`.execute(db);
  return new Set(rows.flatMap((row) => Object.values(row)));
}

/** In one statement, so that an interruption cannot leave half of them renamed. */
async function rename(db: Kysely<unknown>, names: [string, string][]): Promise<void> {
  const present = await tablesOf(db);
  const renamed = names.filter(([from]) => present.has(from));
  if (renamed.length === 0) return;
  const renames = renamed.map(([from, to]) => sql`${sql.table(from)} TO ${sql.table(to)}`);
  await sql`RENAME TABLE ${sql.join(renames)}`.execute(db);
}
