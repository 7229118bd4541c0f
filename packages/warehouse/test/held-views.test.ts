import path from 'node:path';
import {
  createAccount,
  runProcess,
  type Scratch,
  scratchDatabase,
  scratchFolder,
  scratchName,
  withConnection,
} from '@etl/local-stack';
import { sql } from 'kysely';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeEach, expect, inject, it, vi } from 'vitest';
import {
  brokenViews,
  migrate,
  openWarehouse,
  pendingMigrations,
  VIEWS_FOR_TOOLS,
  type Warehouse,
} from '../src/index.ts';

const NAMES = VIEWS_FOR_TOOLS.map(({ name }) => name);
const OPTIONS = { lockSeconds: 1 };

let database: Scratch<string>;
let warehouse: Warehouse;
/** The session of a tool: it has read every view in a transaction that stays open. */
let tool: Connection;

const open = (url: string) =>
  openWarehouse({ ETL_DATABASE_URL: url }, { connections: 2, statementSeconds: 60 });

beforeEach(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = open(database.value);
  await migrate(warehouse);
  tool = await createConnection(database.value);
  // A killed session reports its end.
  tool.on('error', () => {});
});

afterEach(async () => {
  tool.destroy();
  await warehouse.destroy();
  await database.remove();
});

async function holdViews(): Promise<void> {
  await tool.query('START TRANSACTION');
  for (const name of NAMES) await tool.query(`SELECT * FROM ${name}`);
}

/** v_runs of another version: its columns are the same, its rows are not. */
const replaceRuns = async () => {
  const columns = Object.keys(VIEWS_FOR_TOOLS.find(({ name }) => name === 'v_runs')?.columns ?? {});
  await sql`
    CREATE OR REPLACE VIEW v_runs AS
    SELECT ${sql.join(columns.map((column) => sql`'old' AS ${sql.ref(column)}`))} FROM log_scheduler`.execute(
    warehouse,
  );
};

/** The newest migration is pending, as after an upgrade. */
const newest = async () => {
  const { rows } = await sql<{
    name: string;
  }>`SELECT name FROM kysely_migration ORDER BY name DESC LIMIT 1`.execute(warehouse);
  return rows[0]?.name ?? '';
};
const forget = (name: string) => sql`DELETE FROM kysely_migration WHERE name = ${name}`.execute(warehouse);

/** Ends the tool's session as the message says. */
async function endAsTold(message: string): Promise<void> {
  const [, find = ''] = /(SELECT trx_mysql_thread_id.*?);/.exec(message) ?? [];
  await withConnection(inject('mysqlUrl'), async (admin) => {
    const [found] = await admin.query<RowDataPacket[]>(find);
    const [own] = found.filter(({ trx_mysql_thread_id: id }) => id === tool.threadId);
    await admin.query(`KILL ${own?.trx_mysql_thread_id}`);
  });
}

const messageOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: Error) => reason,
  );
  return error?.message ?? '';
};

it('migrate leaves views of this version alone, whatever session reads them', async () => {
  await holdViews();
  const onLockedViews = vi.fn();
  expect(await migrate(warehouse, { ...OPTIONS, onLockedViews })).toEqual([]);
  expect(onLockedViews).not.toHaveBeenCalled();
});

it('migrate of an account without SHOW VIEW leaves its views alone, too', async () => {
  const account = {
    user: scratchName('loader'),
    password: 'a-secret',
    rights: 'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, CREATE VIEW',
    database: new URL(database.value).pathname.slice(1),
  };
  const own = open(await createAccount(inject('mysqlUrl'), account));
  try {
    await migrate(own);
    await holdViews();
    const onLockedViews = vi.fn();
    await migrate(own, { ...OPTIONS, onLockedViews });
    expect(onLockedViews).not.toHaveBeenCalled();
  } finally {
    await own.destroy();
    await withConnection(inject('mysqlUrl'), (admin) => admin.query(`DROP USER '${account.user}'@'%'`));
  }
});

it('migrate goes on if a session holds a view of another version that can be read, and the next one replaces it', async () => {
  await replaceRuns();
  expect(await brokenViews(warehouse)).toEqual([{ name: 'v_runs', why: 'another version created it' }]);
  await holdViews();
  const onLockedViews = vi.fn();
  expect(await migrate(warehouse, { ...OPTIONS, onLockedViews })).toEqual([]);
  expect(onLockedViews).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/for more than 1 s/));
  expect(await brokenViews(warehouse)).toHaveLength(1);

  await endAsTold(onLockedViews.mock.calls[0]?.[0]);
  await migrate(warehouse, OPTIONS);
  expect(await brokenViews(warehouse)).toEqual([]);
});

it('migrate fails if a session holds a view that lacks a column', async () => {
  await sql`CREATE OR REPLACE VIEW v_runs AS SELECT extraction_date FROM log_scheduler`.execute(warehouse);
  await holdViews();
  await endAsTold(await messageOf(migrate(warehouse, OPTIONS)));
  await migrate(warehouse, OPTIONS);
  expect(await brokenViews(warehouse)).toEqual([]);
});

it('an upgrade fails before its first change if a session holds a view', async () => {
  const name = await newest();
  await forget(name);
  await holdViews();
  const message = await messageOf(migrate(warehouse, OPTIONS));
  expect(await pendingMigrations(warehouse)).toEqual([name]);
  expect(await brokenViews(warehouse)).toEqual([]);

  await endAsTold(message);
  expect(await migrate(warehouse, OPTIONS)).toEqual([name]);
  expect(await brokenViews(warehouse)).toEqual([]);
});

it('an upgrade keeps a view that is not ours', async () => {
  await sql`CREATE VIEW v_trial AS SELECT 1 AS own`.execute(warehouse);
  await forget(await newest());
  await migrate(warehouse);
  expect((await sql`SELECT * FROM v_trial`.execute(warehouse)).rows).toEqual([{ own: 1 }]);
});

it('the command waits 30 s for the session, and warns', async () => {
  await replaceRuns();
  await holdViews();
  const folder = scratchFolder();
  const { code, output } = await runProcess('migrate', {
    env: { ETL_DATABASE_URL: database.value },
    logFile: path.join(folder.value, 'migrate.log'),
  });
  await folder.remove();
  expect([code, output]).toEqual([0, expect.stringContaining('the views for other tools stay as they are')]);
  expect(output).toContain('for more than 30 s');
});
