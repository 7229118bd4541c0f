import { fillSampleMoodle, SAMPLE_DEFAULTS, withConnection } from '@etl/local-stack';
import { migrate, unmigrate } from '@etl/warehouse';
import type { RowDataPacket } from 'mysql2/promise';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Databases, openDatabases, runBatches } from './support.ts';

const DATES = ['2024-01-15', '2024-01-16'];

/** The last migration before figures were explained, and those after it. */
const LAST_BEFORE = '0012-changed-batches';
const EXPLAINING = ['0013-other-views', '0014-left-out-courses', '0015-restatements', '0016-small-groups'];

/** What the migrations add: a column, and tables. */
const COLUMN = 'other_views';
const TABLES = ['left_out_courses', 'restatements', 'restatement_categories', 'restatement_courses'];

let databases: Databases;

beforeAll(async () => {
  databases = await openDatabases(inject('mysqlUrl'));
  await withConnection(databases.sourceUrl, (source) =>
    fillSampleMoodle(source, {
      ...SAMPLE_DEFAULTS,
      dates: DATES,
      courses: 40,
      rowsPerDay: 1000,
      timeZone: 'UTC',
    }),
  );
});

afterAll(() => databases?.close());

type Rows = Record<string, unknown>[];

/** All rows of each table, except for roll-ups and the record of migrations. */
async function tables(): Promise<Map<string, Rows>> {
  return withConnection(databases.warehouseUrl, async (connection) => {
    const [names] = await connection.query<RowDataPacket[]>(
      "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE'",
    );
    const found = new Map<string, Rows>();
    for (const name of names.flatMap((row) => Object.values(row) as string[])) {
      // A migration down deletes roll-ups: they are built anew.
      if (name.startsWith('kysely_') || name.startsWith('rollup_')) continue;
      const [rows] = await connection.query<RowDataPacket[]>('SELECT * FROM ?? ORDER BY 1, 2', [name]);
      found.set(name, rows);
    }
    return found;
  });
}

const without = (rows: Rows, ...columns: string[]): Rows =>
  rows.map((row) => Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column))));

const lastingOf = (found: Map<string, Rows>, ...columns: string[]) =>
  new Map(
    [...found]
      .filter(([name]) => !TABLES.includes(name))
      .map(([name, rows]) => [name, without(rows, ...columns)]),
  );

const rowsOf = (found: Map<string, Rows>, name: string) => found.get(name) ?? [];

const runDates = async () => {
  for (const date of DATES) await runBatches(databases, date, 'UTC');
};

it('figures survive the migrations that explain them, down and up, and the next run records no change', async () => {
  const { warehouse } = databases;
  await runDates();
  await withConnection(databases.sourceUrl, (source) =>
    source.query('UPDATE mdl_course SET visible = 1 - visible WHERE id IN (5, 6)'),
  );
  await runDates();
  const before = await tables();
  for (const name of TABLES) expect(rowsOf(before, name), name).not.toEqual([]);
  expect(rowsOf(before, 'user_activity_etl').some((row) => Number(row[COLUMN]) > 0)).toBe(true);

  expect(await unmigrate(warehouse, LAST_BEFORE)).toEqual(EXPLAINING.toReversed());
  expect(await tables()).toEqual(lastingOf(before, COLUMN));

  expect(await migrate(warehouse)).toEqual(EXPLAINING);
  const after = await tables();
  expect(lastingOf(after, COLUMN)).toEqual(lastingOf(before, COLUMN));
  for (const name of TABLES) expect(rowsOf(after, name), name).toEqual([]);
  for (const name of ['activity_counts_etl', 'user_activity_etl']) {
    expect(new Set(rowsOf(after, name).map((row) => row[COLUMN])), name).toEqual(new Set([null]));
  }

  await runDates();
  const again = await tables();
  expect(rowsOf(again, 'restatements')).toEqual([]);
  const leftOut = (found: Map<string, Rows>) => new Set(without(rowsOf(found, 'left_out_courses'), 'id'));
  expect(leftOut(again)).toEqual(leftOut(before));
  for (const name of ['activity_counts_etl', 'user_activity_etl']) {
    const figures = (found: Map<string, Rows>) => without(rowsOf(found, name), 'updated_at');
    expect(figures(again), name).toEqual(figures(before));
  }
});
