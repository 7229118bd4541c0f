import path from 'node:path';
import {
  createAccount,
  runProcess,
  type Scratch,
  scratchDatabase,
  scratchFolder,
  scratchName,
  WORDING,
  withConnection,
} from '@etl/local-stack';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import {
  migrate,
  newerMigrations,
  openWarehouse,
  pendingMigrations,
  TABLE_NAMES,
  unmigrate,
  VIEWS_FOR_TOOLS,
  type Warehouse,
} from '../src/index.ts';
import { MIGRATIONS } from '../src/migrations/index.ts';

let database: Scratch<string>;
const opened: Warehouse[] = [];

const open = () => {
  const warehouse = openWarehouse(
    { ETL_DATABASE_URL: database.value },
    { connections: 2, statementSeconds: 60 },
  );
  opened.push(warehouse);
  return warehouse;
};

beforeEach(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((warehouse) => warehouse.destroy()));
  await database.remove();
});

/** Every table with its columns and indexes, and every view, as the server describes them. */
async function schemaOf(warehouse: Warehouse): Promise<Record<string, string>> {
  const { rows } = await sql<Record<string, string>>`SHOW TABLES`.execute(warehouse);
  const schema: Record<string, string> = {};
  for (const name of rows.flatMap((row) => Object.values(row))) {
    if (name.startsWith('kysely_')) continue;
    const created = await sql<Record<string, string>>`SHOW CREATE TABLE ${sql.table(name)}`.execute(
      warehouse,
    );
    const { 'Create Table': table, 'Create View': view } = created.rows[0] ?? {};
    schema[name] = table ?? view ?? '';
  }
  return schema;
}

describe('the migrations', () => {
  it('migrations go up, down and up again to the same schema', async () => {
    const warehouse = open();
    const names = await migrate(warehouse);
    expect(names).toEqual(Object.keys(MIGRATIONS));
    const schema = await schemaOf(warehouse);
    const views = VIEWS_FOR_TOOLS.map(({ name }) => name);
    expect(Object.keys(schema).toSorted()).toEqual([...TABLE_NAMES, ...views].toSorted());
    expect(await migrate(warehouse)).toEqual([]);

    expect(await unmigrate(warehouse)).toEqual(names.toReversed());
    expect(await schemaOf(warehouse)).toEqual({});
    expect(await pendingMigrations(warehouse)).toEqual(names);

    await migrate(warehouse);
    expect(await schemaOf(warehouse)).toEqual(schema);
  });

  it('migrations of a newer version stay after the operator went back to this one', async () => {
    const warehouse = open();
    await migrate(warehouse);
    const run = (name: string) =>
      sql`INSERT INTO kysely_migration (name, timestamp) VALUES (${name}, '2030-01-01T00:00:00Z')`.execute(
        warehouse,
      );
    expect(await newerMigrations(warehouse)).toEqual([]);
    await run('9998-more');
    await run('9999-yet-more');
    expect(await migrate(warehouse)).toEqual([]);
    expect(await newerMigrations(warehouse)).toEqual(['9998-more', '9999-yet-more']);
    expect(await pendingMigrations(warehouse)).toEqual([]);
  });

  it('migrate refuses a database that lacks a migration of ours and has an unknown one', async () => {
    const warehouse = open();
    await migrate(warehouse);
    await sql`UPDATE kysely_migration SET name = '0007-another' WHERE name = '0007-alerts'`.execute(
      warehouse,
    );
    await expect(migrate(warehouse)).rejects.toThrow(
      /does not know \(0007-another\), and lacks .* \(0007-alerts\)/,
    );
  });

  it('each migration runs once when several processes migrate at the same time', async () => {
    const done = await Promise.all([migrate(open()), migrate(open()), migrate(open())]);
    expect(done.map((names) => names.length).toSorted()).toEqual([0, 0, Object.keys(MIGRATIONS).length]);
  });

  it('a failed migration shows the database’s message and what to do', async () => {
    const account = {
      user: scratchName('reader'),
      password: 'secret-of-the-reader',
      rights: 'SELECT',
      database: new URL(database.value).pathname.slice(1),
    };
    const url = await createAccount(inject('mysqlUrl'), account);
    const folder = scratchFolder();
    const { code, output } = await runProcess('migrate', {
      env: { ETL_DATABASE_URL: url },
      logFile: path.join(folder.value, 'migrate.log'),
    });
    await folder.remove();
    await withConnection(inject('mysqlUrl'), (server) => server.query(`DROP USER '${account.user}'@'%'`));
    expect(code).toBe(1);
    expect(output).toMatch(/CREATE VIEW command denied to user/);
    expect(output).toMatch(/The account lacks a right: .*all rights on its own/);
    expect(output).toMatch(/run migrate again/);
    expect(output).not.toContain(account.password);
  });

  it('migrations create the documented columns', async () => {
    const warehouse = open();
    await migrate(warehouse);
    const schema = await schemaOf(warehouse);
    const { described } = WORDING[inject('serverKind')];
    for (const [table, definitions] of Object.entries(DOCUMENTED)) {
      for (const definition of definitions) expect(schema[table]).toContain(described(definition));
    }
  });
});

/** The documented CREATE TABLE statements, as MariaDB's SHOW CREATE TABLE writes them. */
const DOCUMENTED = {
  activity_counts_etl: [
    '`id` int(11) NOT NULL AUTO_INCREMENT',
    '`courseid` bigint(20) NOT NULL',
    ...['file', 'video', 'forum', 'quiz', 'assignment', 'url'].map(
      (kind) => `\`${kind}_views\` int(11) DEFAULT 0`,
    ),
    '`active_days` int(11) DEFAULT 0',
    '`extraction_date` date NOT NULL',
    'UNIQUE KEY `unique_course_date` (`courseid`,`extraction_date`)',
  ],
  user_counts_etl: [
    '`courseid` bigint(20) NOT NULL',
    '`num_students` int(11) DEFAULT 0',
    '`num_teachers` int(11) DEFAULT 0',
    'UNIQUE KEY `unique_course_date_users` (`courseid`,`extraction_date`)',
  ],
  user_activity_etl: [
    '`course_id` varchar(100)',
    '`id_number` varchar(100)',
    '`course_name` varchar(1333)',
    '`course_shortname` varchar(255)',
    '`total_views` int(11) DEFAULT 0',
    '`avg_activity_per_student_per_day` decimal(10,2) DEFAULT 0.00',
    'UNIQUE KEY `unique_moodle_course_date` (`moodle_course_id`,`extraction_date`)',
    'KEY `course_id_date` (`course_id`,`extraction_date`)',
  ],
};
