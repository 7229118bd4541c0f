import { VIEW_COLUMNS } from '@etl/core';
import { addressOf, type Scratch, scratchDatabase, scratchName, withConnection } from '@etl/local-stack';
import { sql } from 'kysely';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  brokenViews,
  migrate,
  openWarehouse,
  TABLE_NAMES,
  unmigrate,
  VIEWS_FOR_TOOLS,
  type Warehouse,
} from '../src/index.ts';

const NAMES = VIEWS_FOR_TOOLS.map(({ name }) => name);

let database: Scratch<string>;
let name: string;
const opened: Warehouse[] = [];
const users: string[] = [];

beforeEach(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  name = new URL(database.value).pathname.slice(1);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((warehouse) => warehouse.destroy()));
  await asAdmin(...users.splice(0).map((user) => `DROP USER IF EXISTS '${user}'@'%'`));
  await database.remove();
});

const open = (url = database.value) => {
  const warehouse = openWarehouse({ ETL_DATABASE_URL: url }, { connections: 2, statementSeconds: 60 });
  opened.push(warehouse);
  return warehouse;
};

const asAdmin = (...statements: string[]) =>
  withConnection(inject('mysqlUrl'), async (server) => {
    for (const statement of statements) await server.query(statement);
  });

/** An account with these grants: `RIGHTS ON table`. Returns its address. */
async function account(...grants: string[]): Promise<string> {
  const user = scratchName('tool');
  users.push(user);
  await asAdmin(
    `CREATE USER '${user}'@'%' IDENTIFIED BY 'a-secret'`,
    ...grants.map((grant) => `GRANT ${grant} TO '${user}'@'%'`),
  );
  return addressOf(inject('mysqlUrl'), { database: name, user, password: 'a-secret' });
}

const columnsOf = async (warehouse: Warehouse, view: string) =>
  (
    await sql<{ name: string }>`
      SELECT column_name AS name FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = ${view} ORDER BY ordinal_position`.execute(warehouse)
  ).rows.map((column) => column.name);

it('the views have their columns, with each kind of view in its order', async () => {
  const warehouse = open();
  await migrate(warehouse);
  for (const { name, columns } of VIEWS_FOR_TOOLS)
    expect(await columnsOf(warehouse, name)).toEqual(Object.keys(columns));
  for (const view of ['v_course_day', 'v_category_day']) {
    const kinds = (await columnsOf(warehouse, view)).filter((column) => column.endsWith('_views'));
    expect(kinds).toEqual([...VIEW_COLUMNS, 'total_views']);
  }
});

describe('an account with rights on the views alone', () => {
  it.each(NAMES)('an account with SELECT on %s reads that view and nothing else', async (view) => {
    const warehouse = open();
    await migrate(warehouse);
    const session = await createConnection(await account(`SELECT ON ${name}.${view}`));
    try {
      await session.query(`SELECT * FROM ${view}`);
      const [shown] = await session.query<RowDataPacket[]>('SHOW TABLES');
      expect(shown.flatMap(Object.values)).toEqual([view]);
      const others = [...TABLE_NAMES, ...NAMES, 'kysely_migration'].filter((other) => other !== view);
      const refused = [
        ...others.map((other) => `SELECT 1 FROM ${other}`),
        `SELECT * FROM ${view} JOIN log_scheduler AS other`,
        `SHOW CREATE VIEW ${view}`,
        `INSERT INTO ${view} (extraction_date) VALUES ('2024-01-15')`,
        `UPDATE ${view} SET extraction_date = '2024-01-15'`,
        `DELETE FROM ${view}`,
        `DROP VIEW ${view}`,
        `CREATE OR REPLACE VIEW ${view} AS SELECT 1 AS one`,
        `CREATE VIEW v_own AS SELECT * FROM ${view}`,
        'CREATE TABLE own (id int)',
      ];
      for (const statement of refused)
        await expect(session.query(statement), statement).rejects.toThrow(/denied/);
    } finally {
      await session.end();
    }
  });

  it('the rights of the account that migrates decide what a view reads, and not those of its reader', async () => {
    await migrate(open());
    const session = await createConnection(await account(`SELECT ON ${name}.v_runs`));
    const [rows] = await session.query<RowDataPacket[]>(
      `SELECT security_type AS type FROM information_schema.views WHERE table_schema = '${name}'`,
    );
    await session.end();
    expect(rows).toEqual([{ type: 'DEFINER' }]);
  });
});

describe('an account that migrates', () => {
  const RIGHTS = 'SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP';

  it('migrate of an account without CREATE VIEW changes nothing, and says what to grant', async () => {
    const url = await account(`${RIGHTS} ON ${name}.*`);
    const grant = `GRANT CREATE VIEW ON \`${name}\`.* TO '${new URL(url).username}'@'%';`;
    await expect(migrate(open(url))).rejects.toThrow(grant);
    const { rows } = await sql`SHOW TABLES LIKE '%etl'`.execute(open());
    expect(rows).toEqual([]);

    await asAdmin(grant);
    await migrate(open(url));
    expect(await brokenViews(open(url))).toEqual([]);
  });

  it('an upgrade by an account without CREATE VIEW leaves the former version as it is', async () => {
    const warehouse = open();
    await migrate(warehouse);
    await unmigrate(warehouse, '0014-left-out-courses');
    await sql`CREATE VIEW v_runs AS SELECT 1 AS one`.execute(warehouse);
    await expect(migrate(open(await account(`${RIGHTS} ON ${name}.*`)))).rejects.toThrow('GRANT CREATE VIEW');
    const { rows } = await sql`SHOW TABLES LIKE 'restatement%'`.execute(warehouse);
    expect(rows).toEqual([]);
    expect(await columnsOf(warehouse, 'v_runs')).toEqual(['one']);
  });

  it('views whose definer was dropped are reported, and the next migrate creates them again', async () => {
    const url = await account(`${RIGHTS}, CREATE VIEW ON ${name}.*`);
    await migrate(open(url));
    await asAdmin(`DROP USER '${new URL(url).username}'@'%'`);
    const warehouse = open();
    const broken = await brokenViews(warehouse);
    expect(broken.map((view) => view.name)).toEqual(NAMES);
    for (const { why } of broken) expect(why).toMatch(/definer/i);

    expect(await migrate(warehouse)).toEqual([]);
    expect(await brokenViews(warehouse)).toEqual([]);
  });

  it('views that another account created become those of the account that migrates', async () => {
    await migrate(open());
    const url = await account(`${RIGHTS}, CREATE VIEW, SHOW VIEW ON ${name}.*`);
    await migrate(open(url));
    const { rows } = await sql`
      SELECT DISTINCT definer AS definer FROM information_schema.views WHERE table_schema = DATABASE()`.execute(
      open(),
    );
    expect(rows).toEqual([{ definer: `${new URL(url).username}@%` }]);
  });

  it('views that are missing or lack a column are reported', async () => {
    const warehouse = open();
    await migrate(warehouse);
    await sql`DROP VIEW v_runs`.execute(warehouse);
    await sql`CREATE OR REPLACE VIEW v_course_day AS SELECT extraction_date FROM user_activity_etl`.execute(
      warehouse,
    );
    expect((await brokenViews(warehouse)).map((view) => view.name)).toEqual(['v_course_day', 'v_runs']);
  });
});

it('a migration down removes the views', async () => {
  const warehouse = open();
  await migrate(warehouse);
  await unmigrate(warehouse, '0015-restatements');
  const { rows } = await sql`SHOW FULL TABLES WHERE table_type = 'VIEW'`.execute(warehouse);
  expect(rows).toEqual([]);
});
