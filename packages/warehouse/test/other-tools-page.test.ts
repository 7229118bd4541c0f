import { readFileSync } from 'node:fs';
import path from 'node:path';
import { addDays, today } from '@etl/core';
import {
  addressOf,
  randomOf,
  type Scratch,
  scratchDatabase,
  scratchName,
  withConnection,
} from '@etl/local-stack';
import { sql } from 'kysely';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildRollUps, migrate, openWarehouse, VIEWS_FOR_TOOLS, type Warehouse } from '../src/index.ts';
import { merge } from './exactness/merges.ts';
import { newWorld, rowsNow } from './exactness/world.ts';

const PAGE = readFileSync(path.resolve(import.meta.dirname, '../../../docs/other-tools.md'), 'utf8');
const STATEMENTS = [...PAGE.matchAll(/```sql\n(.+?)```/gs)].map(([, text = '']) => text.trim());
const [GRANTS = '', ...QUESTIONS] = STATEMENTS;

/** The text before each question: what it asks. */
const ASKED = QUESTIONS.map((question) => {
  const before = PAGE.slice(0, PAGE.indexOf(question))
    .split('\n')
    .filter((line) => line.trim() !== '');
  return [before.at(-2) ?? '', question] as const;
});

let database: Scratch<string>;
let warehouse: Warehouse;
let url: string;
const user = scratchName('tools');

beforeAll(async () => {
  database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  warehouse = openWarehouse({ ETL_DATABASE_URL: database.value }, { connections: 4, statementSeconds: 60 });
  await migrate(warehouse);
  const world = newWorld(randomOf('other tools'));
  world.courses.push({ id: 42, category: 1, isVisible: true, students: 25 });
  for (const daysAgo of [1, 2, 9, 20, 200, 360]) {
    const date = addDays(today('UTC', new Date()), -daysAgo);
    await merge(warehouse, { date, rows: rowsNow(world), categories: world.categories, smallBelow: 0 });
  }
  await buildRollUps(warehouse);
  await sql`UPDATE log_scheduler SET status = 3, failure_code = 'ERROR', failed_at = finished_at ORDER BY id DESC LIMIT 1`.execute(
    warehouse,
  );
  const name = new URL(database.value).pathname.slice(1);
  url = addressOf(inject('mysqlUrl'), { database: name, user, password: 'a-fourth-password' });
  await withConnection(inject('mysqlUrl'), async (admin) => {
    const own = GRANTS.replaceAll("'tools'", `'${user}'`).replaceAll('celoeapi.', `${name}.`);
    for (const statement of own.split(';').filter((one) => one.trim() !== '')) await admin.query(statement);
  });
});

afterAll(async () => {
  await withConnection(inject('mysqlUrl'), (admin) => admin.query(`DROP USER IF EXISTS '${user}'@'%'`));
  await warehouse?.destroy();
  await database?.remove();
});

it('the account of the page reads the views and no table', async () => {
  await withConnection(url, async (session) => {
    const [shown] = await session.query<RowDataPacket[]>('SHOW TABLES');
    expect(shown.flatMap(Object.values).toSorted()).toEqual(
      VIEWS_FOR_TOOLS.map(({ name }) => name).toSorted(),
    );
    await expect(session.query('SELECT 1 FROM user_activity_etl')).rejects.toThrow(/denied/);
  });
});

it.each(ASKED)('a question of the page can be asked as it stands: %s', async (_, question) => {
  await withConnection(url, async (session) => {
    const [rows] = await session.query<RowDataPacket[]>(question);
    expect(rows.length).toBeGreaterThan(0);
  });
});

it('the page has two questions or more for each tool', () => {
  for (const tool of ['Metabase', 'Superset', 'Grafana']) {
    const [, section = ''] = PAGE.split(`\n## ${tool}\n`);
    expect(section.split('\n## ')[0]?.match(/```sql/g)?.length, tool).toBeGreaterThanOrEqual(2);
  }
});

describe('the page describes', () => {
  it.each(VIEWS_FOR_TOOLS)('the page describes every column of $name, and no other', ({ name, columns }) => {
    const [, section = ''] = PAGE.split(`\n## ${name}\n`);
    const cells = (section.split('\n## ')[0] ?? '').matchAll(/^\| (`.+?`) +\|/gm);
    const described = [...cells].flatMap(([, cell = '']) =>
      cell.split(', ').map((one) => one.replaceAll('`', '')),
    );
    expect(described.toSorted()).toEqual(Object.keys(columns).toSorted());
  });
});
