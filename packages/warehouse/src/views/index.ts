import { createHash } from 'node:crypto';
import { isDatabaseUnavailable, isTransient } from '@etl/core';
import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely';
import type { Warehouse } from '../warehouse.ts';
import { CATEGORY_DAY } from './category-day.ts';
import { COURSE_DAY } from './course-day.ts';
import { RUNS } from './runs.ts';
import type { View } from './view.ts';

/** The views for other tools, which docs/other-tools.md describes. */
export const VIEWS: readonly View[] = [COURSE_DAY, CATEGORY_DAY, RUNS];

export interface ViewOptions {
  /** Seconds to wait for sessions that read a view. The server's own limit is a day or a year. */
  lockSeconds?: number;
  /** Is called if a session holds a view that should be created, and all views can be read as they are. */
  onLockedViews?: (message: string) => void;
}

/**
 * Creates the views that are not those of this version and account. The account becomes their definer. Leaves the
 * others alone: a change of a view waits for every session that reads it.
 */
export async function createViews(warehouse: Warehouse, options: ViewOptions = {}): Promise<void> {
  try {
    await withLockLimit(warehouse, options, async (session) => {
      const { account, stored } = await storedViews(session);
      for (const view of VIEWS) {
        const { definer, definition = '' } = stored.get(view.name) ?? {};
        const { select, mark } = definitionOf(session, view);
        if (definer === account && definition.includes(mark)) continue;
        await create(session, view.name, select);
      }
    });
  } catch (error) {
    if (!(error instanceof LockedViews) || (await unreadableViews(warehouse)).length > 0) throw error;
    options.onLockedViews?.(error.message);
  }
}

const TRIAL = 'v_etl_trial';

/**
 * Drops the views before a migration, so that none reads new tables by an old definition. Drops none if the account may
 * not create views, or if a session holds one.
 */
export async function removeViews(warehouse: Warehouse, options: ViewOptions = {}): Promise<void> {
  await withLockLimit(warehouse, options, async (session) => {
    await create(session, TRIAL, sql`SELECT 1 AS one`);
    await sql`DROP VIEW IF EXISTS ${sql.table(TRIAL)}`.execute(session);
    await dropViews(session);
  });
}

/** In one statement, which waits for the locks of all views before it drops one. */
export async function dropViews(db: QueryExecutorProvider): Promise<void> {
  await sql`DROP VIEW IF EXISTS ${sql.join(VIEWS.map(({ name }) => sql.table(name)))}`.execute(db);
}

/** A session held a view for too long. */
class LockedViews extends Error {}

const LOCK_WAIT_TIMEOUT = 1205;

/** Runs `work` in a session that waits for locks of other sessions for `lockSeconds` at most. */
async function withLockLimit(
  warehouse: Warehouse,
  { lockSeconds = 30 }: ViewOptions,
  work: (session: Warehouse) => Promise<void>,
): Promise<void> {
  await warehouse.connection().execute(async (session) => {
    const { rows } = await sql<{ seconds: number }>`
      SELECT @@SESSION.lock_wait_timeout AS seconds`.execute(session);
    await sql`SET SESSION lock_wait_timeout = ${sql.lit(lockSeconds)}`.execute(session);
    try {
      await work(session);
    } catch (cause) {
      if ((cause as { errno?: number }).errno !== LOCK_WAIT_TIMEOUT) throw cause;
      throw new LockedViews(
        `A session has held a view for other tools for more than ${lockSeconds} s. It is usually an open transaction of such ` +
          `a tool. An administrator of the server finds its number with: ${FIND_SESSION}; and ends it with: KILL number;`,
        { cause },
      );
    } finally {
      await sql`SET SESSION lock_wait_timeout = ${sql.lit(rows[0]?.seconds ?? lockSeconds)}`.execute(session);
    }
  });
}

const FIND_SESSION =
  'SELECT trx_mysql_thread_id, trx_started FROM information_schema.innodb_trx ORDER BY trx_started';

/** The definition of a view, and the mark of it that the server keeps in its text of the view. */
function definitionOf(db: QueryExecutorProvider, { columns, from }: View) {
  const selected = Object.entries(columns).map(([column, is]) => sql`${is} AS ${sql.ref(column)}`);
  const select = sql`SELECT ${sql.join(selected)} FROM ${from}`;
  const { sql: text, parameters } = select.compile(db);
  const mark = createHash('sha256')
    .update(JSON.stringify([text, parameters]))
    .digest('hex');
  return { mark, select: sql`${select} WHERE ${sql.lit(mark)} <> ''` };
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
  return `GRANT CREATE VIEW ON \`${name}\`.* TO '${user}'@'${host}';`;
}

/** The views of the database by their names. The server shows their text to their definer, or to who has SHOW VIEW. */
async function storedViews(db: QueryExecutorProvider) {
  const current = await sql<{ account: string }>`SELECT CURRENT_USER() AS account`.execute(db);
  const { rows } = await sql<{ name: string; definer: string; definition: string }>`
    SELECT table_name AS name, definer AS definer, view_definition AS definition
    FROM information_schema.views WHERE table_schema = DATABASE()`.execute(db);
  return { account: current.rows[0]?.account, stored: new Map(rows.map((row) => [row.name, row])) };
}

export interface BrokenView {
  name: string;
  why: string;
}

/** The views that cannot be read, and those of another version. */
export async function brokenViews(db: QueryExecutorProvider): Promise<BrokenView[]> {
  const unreadable = await unreadableViews(db);
  const { stored } = await storedViews(db);
  const isOld = (view: View) => {
    const definition = stored.get(view.name)?.definition ?? '';
    return definition !== '' && !definition.includes(definitionOf(db, view).mark);
  };
  return VIEWS.flatMap((view) => {
    const found = unreadable.find(({ name }) => name === view.name);
    if (found) return [found];
    return isOld(view) ? [{ name: view.name, why: 'another version created it' }] : [];
  });
}

/** MariaDB says so of a view's definer that no longer exists. The account itself has signed in by then. */
const ACCESS_DENIED = 1045;

/** The views that cannot be read: one is missing, or lacks a column, or its definer no longer exists. */
async function unreadableViews(db: QueryExecutorProvider): Promise<BrokenView[]> {
  const broken: BrokenView[] = [];
  for (const { name, columns } of VIEWS) {
    const all = sql.join(Object.keys(columns).map((column) => sql.ref(column)));
    try {
      await sql`SELECT ${all} FROM ${sql.table(name)} LIMIT 0`.execute(db);
    } catch (error) {
      const { errno, message } = error as Error & { errno?: number };
      if (errno === ACCESS_DENIED) {
        broken.push({ name, why: `its definer no longer exists (${message})` });
        continue;
      }
      if (isDatabaseUnavailable(error) || isTransient(error)) throw error;
      broken.push({ name, why: message });
    }
  }
  return broken;
}
