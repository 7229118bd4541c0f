import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  createAccount,
  installMissing,
  randomOf,
  type Scratch,
  scratchDatabase,
  scratchFolder,
  scratchName,
  withConnection,
} from '@etl/local-stack';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import {
  brokenViews,
  migrate,
  openWarehouse,
  TABLE_NAMES,
  VIEWS_FOR_TOOLS,
  type Warehouse,
} from '../src/index.ts';
import { merge } from './exactness/merges.ts';
import { newWorld, rowsNow } from './exactness/world.ts';

const page = (name: string) => readFileSync(path.resolve(import.meta.dirname, '../../..', name), 'utf8');
const UPGRADING = page('docs/upgrading.md');
const commandOf = (program: string) =>
  new RegExp(`^ *(${program} (?:.*\\\\\n)*.*)$`, 'm').exec(UPGRADING)?.[1] ?? '';

const folder = scratchFolder();
const databases: Scratch<string>[] = [];
const warehouses: Warehouse[] = [];
const users: string[] = [];

beforeAll(() => installMissing(['mysqldump'], (line) => process.stderr.write(`${line}\n`)));

afterAll(async () => {
  await Promise.all(warehouses.map((warehouse) => warehouse.destroy()));
  await Promise.all(databases.map((database) => database.remove()));
  await withConnection(inject('mysqlUrl'), async (admin) => {
    for (const user of users) await admin.query(`DROP USER '${user}'@'%'`);
  });
  await folder.remove();
});

/** The rights that the doctor asks for. */
const NEEDED = 'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, CREATE VIEW';

/** A database with an account of its own. Returns its address for the account. */
async function installation(rights: string): Promise<string> {
  const scratch = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  databases.push(scratch);
  const user = scratchName('etl');
  users.push(user);
  const database = new URL(scratch.value).pathname.slice(1);
  return createAccount(inject('mysqlUrl'), {
    user,
    password: 'a-secret',
    rights,
    database,
  });
}

const open = (url: string) => {
  const warehouse = openWarehouse({ ETL_DATABASE_URL: url }, { connections: 5, statementSeconds: 60 });
  warehouses.push(warehouse);
  return warehouse;
};

/** Runs the documented command for this installation, with its password in place of the prompt. */
function run(program: string, url: string): void {
  const { hostname, port, username, password, pathname } = new URL(url);
  const command = commandOf(program)
    .replaceAll(/celoeapi(?!\.sql)/g, pathname.slice(1))
    .replace('--host db.example.edu', `--host ${hostname} --port ${port}`)
    .replace('--user etl --password', `--user ${username}`);
  const { status, stderr } = spawnSync('bash', ['-c', command], {
    cwd: folder.value,
    encoding: 'utf8',
    env: { ...process.env, MYSQL_PWD: password },
  });
  expect([command, status, stderr]).toEqual([command, 0, '']);
}

/** The rows of tables and views by their names. */
async function tablesOf(warehouse: Warehouse, names: readonly string[]): Promise<Map<string, string[]>> {
  const tables = new Map<string, string[]>();
  for (const name of names) {
    const { rows } = await sql`SELECT * FROM ${sql.table(name)}`.execute(warehouse);
    tables.set(name, rows.map((row) => JSON.stringify(row)).toSorted());
  }
  return tables;
}

it('the documented backup is restored under another account, and migrate creates the views', async () => {
  const from = await installation(NEEDED);
  const saved = open(from);
  await migrate(saved);
  const world = newWorld(randomOf('backup'));
  for (const date of world.dates.slice(0, 3)) {
    await merge(saved, { date, rows: rowsNow(world), categories: world.categories, smallBelow: 0 });
  }

  run('mysqldump', from);
  const to = await installation('ALL PRIVILEGES');
  run('mysql', to);
  const restored = open(to);
  expect((await brokenViews(restored)).map(({ name }) => name)).toEqual(
    VIEWS_FOR_TOOLS.map(({ name }) => name),
  );
  expect(await migrate(restored)).toEqual([]);
  expect(await brokenViews(restored)).toEqual([]);

  const names = [...TABLE_NAMES, ...VIEWS_FOR_TOOLS.map(({ name }) => name)];
  const tables = await tablesOf(restored, names);
  expect(tables).toEqual(await tablesOf(saved, names));
  expect(tables.get('v_course_day')).not.toEqual([]);
});

it.each(['docs/upgrading.md', 'docker/README.md'])('the backup in %s leaves every view out', (name) => {
  for (const view of VIEWS_FOR_TOOLS) expect(page(name)).toContain(`--ignore-table=celoeapi.${view.name}`);
});
