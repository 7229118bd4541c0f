import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import {
  createPhpTables,
  randomOf,
  runProcess,
  type Scratch,
  scratchDatabase,
  scratchFolder,
  startProcess,
  WORDING,
  waitUntil,
  withConnection,
} from '@etl/local-stack';
import type { KyselyPlugin } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { buildRollUps, migrate, openWarehouse } from '../src/index.ts';
import { MIGRATIONS } from '../src/migrations/index.ts';

/** `MIGRATE_SEED` replays one kill. `MIGRATE_KILLS` is the number of kills otherwise. */
const SEEDS = process.env.MIGRATE_SEED
  ? [process.env.MIGRATE_SEED]
  : Array.from({ length: Number(process.env.MIGRATE_KILLS ?? 10) }, () => randomBytes(4).toString('hex'));

/** The last migration of version 0.2.0. */
const LAST_OF_0_2_0 = '0007-alerts';

type Tables = Record<string, { created: string; rows: unknown[] }>;

/** Fills a database before it is migrated. */
const BEFORE: Record<string, (connection: Connection, url: string) => Promise<void>> = {
  'a new database': async () => {},
  'a database of the PHP system': fillPhpTables,
  'a database of version 0.2.0': async (connection, url) => {
    const warehouse = openWarehouse({ ETL_DATABASE_URL: url }, { connections: 1, statementSeconds: 60 });
    try {
      const provider = { getMigrations: async () => MIGRATIONS };
      const { error } = await new Migrator({ db: warehouse, provider }).migrateTo(LAST_OF_0_2_0);
      if (error) throw error;
    } finally {
      await warehouse.destroy();
    }
    await connection.query(
      `INSERT INTO user_activity_etl (moodle_course_id, category_id, total_views, extraction_date) VALUES (7, 1, 35, '2024-01-15')`,
    );
    for (const [batch, details] of [
      ['activity_counts', { time_zone: 'Asia/Jakarta' }],
      ['user_counts', { time_zone: 'Asia/Jakarta', roles: { students: [5], teachers: [3, 4] } }],
      ['main_etl', { time_zone: 'Asia/Jakarta' }],
    ] as const) {
      await connection.query(
        `INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date,
           trigger_type, requested_by, details, finished_at)
         VALUES ('a', ?, ?, '2024-01-15', 1, 1, '2024-01-15', '2024-01-15', 'schedule', 'schedule', ?, '2024-01-16 02:00:00')`,
        [batch, batch, JSON.stringify(details)],
      );
    }
    await connection.query(
      `INSERT INTO log_scheduler (run_id, job_id, batch_name, extraction_date, limit_size, status, start_date, end_date,
         trigger_type, requested_by, details, error_details, finished_at)
       VALUES ('b', 'b', 'main_etl', '2024-01-16', 1, 3, '2024-01-16', '2024-01-16', 'api', 'jane', '{"time_zone":"Asia/Jakarta"}',
         'Cancelled by jane', '2024-01-17 02:00:00')`,
    );
  },
};
const BASES = Object.keys(BEFORE);

/** The tables after an undisturbed migration, by base. */
const expected = new Map<string, Tables>();

async function fillPhpTables(connection: Connection): Promise<void> {
  await createPhpTables(connection);
  // A PHP system can have an index of the same name as ours.
  await connection.query('ALTER TABLE activity_counts_etl ADD INDEX extraction_date (extraction_date)');
  for (const date of ['2024-01-14', '2024-01-15']) {
    await connection.query(
      'INSERT INTO activity_counts_etl (courseid, file_views, extraction_date) VALUES (3, 5, ?), (4, 6, ?)',
      [date, date],
    );
    await connection.query(
      'INSERT INTO user_counts_etl (courseid, num_students, extraction_date) VALUES (3, 8, ?)',
      [date],
    );
    await connection.query(
      `INSERT INTO user_activity_etl (course_id, course_shortname, num_students, file_views, total_views, active_days, extraction_date)
       VALUES ('F1', 'LOG', 8, 5, 5, 1, ?), ('F2', 'ALG', 0, 6, 6, 1, ?)`,
      [date, date],
    );
  }
  await connection.query("UPDATE user_activity_etl SET updated_at = '2024-01-16 02:00:00'");
}

/**
 * Every table and view as the server describes it, with its rows. Without what is of the moment: ids of runs, times of
 * records, the name of the database.
 */
async function tablesOf(url: string): Promise<Tables> {
  return withConnection(url, async (connection) => {
    const [names] = await connection.query<RowDataPacket[]>('SHOW TABLES');
    const tables: Tables = {};
    for (const name of names.flatMap((row) => Object.values(row) as string[])) {
      const [created] = await connection.query<RowDataPacket[]>(`SHOW CREATE TABLE ${name}`);
      // The rows of a view are those of its tables.
      const ordered = `SELECT * FROM ${name} ${created[0]?.View ? 'LIMIT 0' : 'ORDER BY 1'}`;
      const [rows] = await connection.query<RowDataPacket[]>(ordered);
      tables[name] = {
        created: String(created[0]?.['Create Table'] ?? created[0]?.['Create View'])
          .replace(/ AUTO_INCREMENT=\d+/, '')
          .replaceAll(new URL(url).pathname.slice(1), 'celoeapi'),
        rows: rows.map(({ run_id, timestamp, created_at, updated_at, ...lasting }) => lasting),
      };
    }
    return tables;
  });
}

async function databaseOf(base: string): Promise<Scratch<string>> {
  const database = await scratchDatabase(inject('mysqlUrl'), 'celoeapi');
  await withConnection(database.value, (connection) => BEFORE[base]?.(connection, database.value) as never);
  return database;
}

/** Migrates, and fails before the statement number `statements` + 1. Returns whether it came that far. */
async function migrateSoFar(url: string, statements: number): Promise<boolean> {
  const warehouse = openWarehouse({ ETL_DATABASE_URL: url }, { connections: 2, statementSeconds: 60 });
  let sent = 0;
  const killer: KyselyPlugin = {
    transformQuery: ({ node }) => {
      if (sent === statements) throw new Error('killed');
      sent += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  try {
    await migrate(warehouse.withPlugin(killer));
    // As the process does.
    await buildRollUps(warehouse.withPlugin(killer));
    return false;
  } catch (error) {
    const { message, cause } = error as Error;
    expect([message, (cause as Error | undefined)?.message]).toContain('killed');
    return true;
  } finally {
    await warehouse.destroy();
  }
}

beforeAll(async () => {
  for (const base of BASES) {
    const database = await databaseOf(base);
    await migrateSoFar(database.value, Number.POSITIVE_INFINITY);
    expected.set(base, await tablesOf(database.value));
    await database.remove();
  }
});

it('a PHP table with rows and an index named extraction_date is kept under its new name, and its rows are copied', () => {
  const { activity_counts_etl: ours, php_activity_counts_etl: kept } =
    expected.get('a database of the PHP system') ?? {};
  // The driver returns a date as midnight of the local time zone.
  const midnight = (date: string) => new Date(`${date}T00:00:00`);
  const counts = ['2024-01-14', '2024-01-15'].flatMap((date) => [
    { courseid: 3, file_views: 5, extraction_date: midnight(date) },
    { courseid: 4, file_views: 6, extraction_date: midnight(date) },
  ]);
  expect(kept?.created).toContain('KEY `extraction_date`');
  expect(kept?.rows).toMatchObject(counts);
  expect(ours?.rows).toMatchObject(counts);
});

describe('a migration that ends between any two statements', () => {
  it.each(BASES)(
    'a migration of %s that ends before any statement is completed by the next one',
    async (base) => {
      let ended = true;
      let statements = 0;
      for (; ended; statements += 1) {
        const database = await databaseOf(base);
        ended = await migrateSoFar(database.value, statements);
        await migrateSoFar(database.value, Number.POSITIVE_INFINITY);
        expect([statements, await tablesOf(database.value)]).toEqual([statements, expected.get(base)]);
        await database.remove();
      }
      process.stdout.write(`${base}: ended before each of ${statements - 1} statements\n`);
    },
  );
});

describe('a process of migrate that is killed', () => {
  const folder = scratchFolder();
  /** How many migrations the killed processes had recorded, by base. */
  const reached = new Map<string, number[]>();
  let server: Connection;

  const settings = (url: string) => ({
    env: { ETL_DATABASE_URL: url },
    logFile: path.join(folder.value, `migrate-${randomBytes(4).toString('hex')}.log`),
  });

  async function countTables(name: string): Promise<number> {
    const [rows] = await server.query<RowDataPacket[]>(`SHOW TABLES FROM ${name}`);
    return rows.length;
  }

  async function hasSession(name: string): Promise<boolean> {
    const [rows] = await server.query<RowDataPacket[]>(
      `SELECT id FROM ${WORDING[inject('serverKind')].sessions} WHERE db = ?`,
      [name],
    );
    return rows.length > 0;
  }

  beforeAll(async () => {
    server = await createConnection(inject('mysqlUrl'));
  });

  afterAll(async () => {
    await server?.end();
    await folder.remove();
    for (const [base, counts] of reached) {
      process.stdout.write(
        `${base}: number of recorded migrations at each kill: ${counts.toSorted().join(' ')}\n`,
      );
    }
  });

  it.each(SEEDS.map((seed, index) => [index + 1, seed] as const))(
    'a killed migrate loses nothing, and the next one completes (kill %i, MIGRATE_SEED=%s)',
    async (_index, seed) => {
      const random = randomOf(seed);
      const base = random.pick(BASES);
      const database = await databaseOf(base);
      const name = new URL(database.value).pathname.slice(1);
      const least = await countTables(name);
      // Not after a time: most of it passes before the first change. A number of tables is a point in the middle.
      const tables = random.int(least, Object.keys(expected.get(base) ?? {}).length);
      const killed = startProcess('migrate', settings(database.value));
      await waitUntil(
        async () => (await countTables(name)) >= tables && (tables > least || (await hasSession(name))),
        `${tables} tables`,
        { everyMs: 1 },
      );
      await after(random.int(0, 30));
      await killed.end('SIGKILL');
      reached.set(base, [...(reached.get(base) ?? []), await recorded(server, database.value)]);

      const { code, output } = await runProcess('migrate', settings(database.value));
      expect([code, output]).toEqual([0, expect.stringContaining('migrations done')]);
      expect(await tablesOf(database.value)).toEqual(expected.get(base));
      await database.remove();
    },
  );
});

/** The number of recorded migrations. */
async function recorded(server: Connection, url: string): Promise<number> {
  const name = new URL(url).pathname.slice(1);
  const [rows] = await server
    .query<RowDataPacket[]>(`SELECT COUNT(*) AS done FROM ${name}.kysely_migration`)
    .catch(() => [[{ done: 0 }] as RowDataPacket[]]);
  return rows[0]?.done as number;
}
