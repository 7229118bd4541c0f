import { isDatabaseUnavailable, isTransient } from '@etl/core';
import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import { CATEGORY_DAY } from './category-day.ts';
import { COURSE_DAY } from './course-day.ts';
import { RUNS } from './runs.ts';
import type { View } from './view.ts';

/** The views for other tools, which docs/other-tools.md describes. */
export const VIEWS: readonly View[] = [COURSE_DAY, CATEGORY_DAY, RUNS];

/** Creates the views, or replaces them by those of this version. The account becomes their definer. */
export async function createViews(db: QueryExecutorProvider): Promise<void> {
  for (const { name, columns, from } of VIEWS) {
    const selected = Object.entries(columns).map(([column, is]) => sql`${is} AS ${sql.ref(column)}`);
    await create(db, name, sql`SELECT ${sql.join(selected)} FROM ${from}`);
  }
}

export async function dropViews(db: QueryExecutorProvider): Promise<void> {
  for (const { name } of VIEWS) await sql`DROP VIEW IF EXISTS ${sql.table(name)}`.execute(db);
}

const TRIAL = 'v_trial';

/** Throws if the account may not create views. Before a migration, so that it does not fail when others have run. */
export async function requireRightToViews(db: QueryExecutorProvider): Promise<void> {
  await create(db, TRIAL, sql`SELECT 1 AS one`);
  await sql`DROP VIEW IF EXISTS ${sql.table(TRIAL)}`.execute(db);
}

/** The account lacks a right to a table, or any other one. */
const RIGHT_LACKING = [1142, 1227];

async function create(db: QueryExecutorProvider, name: string, select: RawBuilder<unknown>): Promise<void> {
  try {
    await sql`CREATE OR REPLACE SQL SECURITY DEFINER VIEW ${sql.table(name)} AS ${select}`.execute(db);
  } catch (cause) {
    if (!RIGHT_LACKING.includes((cause as { errno?: number }).errno ?? 0)) throw cause;
    throw new Error(`The account cannot create the views for other tools. Run: ${await grantOf(db)}`, {
      cause,
    });
  }
}

/** What an administrator of the server must run. */
async function grantOf(db: QueryExecutorProvider): Promise<string> {
  const { rows } = await sql<{ account: string; name: string }>`
    SELECT CURRENT_USER() AS account, DATABASE() AS name`.execute(db);
  const [{ account, name } = { account: '', name: '' }] = rows;
  const [user, host] = [
    account.slice(0, account.lastIndexOf('@')),
    account.slice(account.lastIndexOf('@') + 1),
  ];
  return `GRANT CREATE VIEW, SHOW VIEW ON \`${name}\`.* TO '${user}'@'${host}';`;
}

/** The views that cannot be read, and why: one is missing, or lacks a column, or its definer no longer exists. */
export async function brokenViews(db: QueryExecutorProvider): Promise<{ name: string; why: string }[]> {
  const broken: { name: string; why: string }[] = [];
  for (const { name, columns } of VIEWS) {
    const all = sql.join(Object.keys(columns).map((column) => sql.ref(column)));
    try {
      await sql`SELECT ${all} FROM ${sql.table(name)} LIMIT 0`.execute(db);
    } catch (error) {
      if (isDatabaseUnavailable(error) || isTransient(error)) throw error;
      broken.push({ name, why: (error as Error).message });
    }
  }
  return broken;
}
