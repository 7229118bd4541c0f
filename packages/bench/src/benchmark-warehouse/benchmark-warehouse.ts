import type { Connection, RowDataPacket } from 'mysql2/promise';
import { seedOf } from '../benchmark-moodle/seed.ts';
import { fillCategories, fillCourses } from './campus.ts';
import { fillDay } from './daily-rows.ts';
import { fillRuns } from './runs.ts';

/**
 * A warehouse of daily rows to measure reads with. The same options give the same rows. Most courses have a row on
 * each date: a few are new, deleted, moved or hidden for a while, and some fall silent.
 */
export interface BenchmarkWarehouse {
  /** Dates, `YYYY-MM-DD`, oldest first. */
  dates: readonly string[];
  courses: number;
  /** In three levels. */
  categories: number;
}

/** The table that holds the options of the warehouse, beside the system's tables. */
const MARK = 'benchmark_warehouse';

/** Raise it when the generator changes: a warehouse of an older version is made again. */
const GENERATOR = 1;

const DATES_PER_MESSAGE = 100;

/** Whether the connection's database holds the warehouse of these options. */
export async function holdsBenchmarkWarehouse(
  connection: Connection,
  warehouse: BenchmarkWarehouse,
): Promise<boolean> {
  const [tables] = await connection.query<RowDataPacket[]>('SHOW TABLES LIKE ?', [MARK]);
  if (tables.length === 0) return false;
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT mark FROM ${MARK}`);
  return rows[0]?.mark === markOf(warehouse);
}

/**
 * Fills a new warehouse with daily rows, their runs and the category tree. Needs MariaDB's sequence engine. It adds
 * the indexes of the daily rows last, so that five million rows take minutes and not hours.
 */
export async function fillBenchmarkWarehouse(
  connection: Connection,
  warehouse: BenchmarkWarehouse,
  say: (line: string) => void,
): Promise<void> {
  const { dates } = warehouse;
  await connection.query("SET time_zone = '+00:00'");
  await fillCategories(connection, warehouse.categories);
  await fillCourses(connection, warehouse);
  const addIndexes = await dropIndexes(connection);
  for (const [index, date] of dates.entries()) {
    await connection.query('SET rand_seed1 = ?, rand_seed2 = ?', seedOf(date));
    await fillDay(connection, date, index);
    if ((index + 1) % DATES_PER_MESSAGE === 0) say(`  ${index + 1} of ${dates.length} dates`);
  }
  say('  indexes');
  await addIndexes();
  await fillRuns(connection, dates);
  await connection.query('ANALYZE TABLE user_activity_etl, course_categories_etl, log_scheduler');
  await connection.query(`CREATE TABLE ${MARK} (id int NOT NULL PRIMARY KEY, mark mediumtext NOT NULL)`);
  await connection.query(`INSERT INTO ${MARK} (id, mark) VALUES (1, ?)`, [markOf(warehouse)]);
}

function markOf(warehouse: BenchmarkWarehouse): string {
  return JSON.stringify({ ...warehouse, GENERATOR });
}

/** Drops the secondary indexes of the daily rows. Returns a function that adds them again. */
async function dropIndexes(connection: Connection): Promise<() => Promise<void>> {
  const [indexes] = await connection.query<RowDataPacket[]>(
    `SELECT index_name AS name, MIN(non_unique) AS repeats, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
     FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND table_name = 'user_activity_etl' AND index_name <> 'PRIMARY'
     GROUP BY index_name`,
  );
  const alter = (changes: readonly string[]) =>
    connection.query(`ALTER TABLE user_activity_etl ${changes.join(', ')}`);
  await alter(indexes.map(({ name }) => `DROP INDEX ${name}`));
  return async () => {
    await alter(
      indexes.map(
        ({ name, repeats, columns }) =>
          `ADD ${Number(repeats) === 0 ? 'UNIQUE' : ''} INDEX ${name} (${columns})`,
      ),
    );
  };
}
