import { type Kysely, type RawBuilder, type SqlBool, sql } from 'kysely';

/**
 * Changes of a table that can be repeated. MySQL commits each change of schema by itself, and `migrate` can be
 * killed between the change and its record. MySQL has no `ADD COLUMN IF NOT EXISTS`.
 */

/**
 * Adds a column, unless the table has one of that name. `definition` follows the name in the statement, for example
 * sql`int(11) NOT NULL DEFAULT 0`.
 */
export async function addColumnIfMissing(
  db: Kysely<unknown>,
  table: string,
  column: string,
  definition: RawBuilder<unknown>,
): Promise<void> {
  if (await hasColumn(db, table, column)) return;
  await sql`ALTER TABLE ${sql.table(table)} ADD COLUMN ${sql.ref(column)} ${definition}`.execute(db);
}

/** Drops a column, if the table has one of that name. */
export async function dropColumnIfPresent(db: Kysely<unknown>, table: string, column: string): Promise<void> {
  if (!(await hasColumn(db, table, column))) return;
  await sql`ALTER TABLE ${sql.table(table)} DROP COLUMN ${sql.ref(column)}`.execute(db);
}

export async function hasColumn(db: Kysely<unknown>, table: string, column: string): Promise<boolean> {
  return exists(
    db,
    sql`SELECT 1 FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = ${table} AND column_name = ${column}`,
  );
}

export async function hasIndex(db: Kysely<unknown>, table: string, index: string): Promise<boolean> {
  return exists(
    db,
    sql`SELECT 1 FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = ${table} AND index_name = ${index}`,
  );
}

async function exists(db: Kysely<unknown>, query: RawBuilder<unknown>): Promise<boolean> {
  const { rows } = await sql<{ found: SqlBool }>`SELECT EXISTS (${query}) AS found`.execute(db);
  return Boolean(rows[0]?.found);
}
