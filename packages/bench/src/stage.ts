import { mkdirSync } from 'node:fs';
import { addDays, createLogger, datesBetween, dayOf, loadConfig } from '@etl/core';
import { createDatabase, dropDatabase, type LocalStack, startStack, withConnection } from '@etl/local-stack';
import { openSource, type Source } from '@etl/moodle';
import { migrate, openWarehouse, type Warehouse } from '@etl/warehouse';
import type { Connection } from 'mysql2/promise';
import { type BenchmarkMoodle, fillBenchmarkMoodle } from './benchmark-moodle/benchmark-moodle.ts';
import {
  type BenchmarkWarehouse,
  fillBenchmarkWarehouse,
  holdsBenchmarkWarehouse,
} from './benchmark-warehouse/benchmark-warehouse.ts';

/** The servers, the Moodle and the folder of a benchmark. */
export interface Stage {
  stack: LocalStack;
  folder: string;
  moodle: BenchmarkMoodle;
  /** Address of the Moodle's database. */
  moodleUrl: string;
  /** How often each candidate is measured. */
  rounds: number;
  say(line: string): void;
}

/** The table and its indexes take some 410 bytes a row. The rest is for the warehouse and the server itself. */
const BYTES_A_ROW = 500;
const BYTES_BESIDES = 1e9;

const FIRST_DATE = Temporal.PlainDate.from('2024-01-01');
const QUIET = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'bench');

/** Dates from 2024-01-01 on. */
export function benchmarkDates(days: number): string[] {
  return Array.from({ length: days }, (_, index) => FIRST_DATE.add({ days: index }).toString());
}

/** Starts servers whose buffer pool holds so many rows. */
export function openServers(options: {
  folder: string;
  mostRows: number;
  say: (line: string) => void;
}): Promise<LocalStack> {
  const { folder, mostRows, say } = options;
  mkdirSync(folder, { recursive: true });
  const pool = Math.ceil((mostRows * BYTES_A_ROW + BYTES_BESIDES) / 1e6);
  return startStack(folder, {
    say,
    databaseArgs: [
      `--innodb-buffer-pool-size=${pool}M`,
      '--innodb-log-file-size=1G',
      // For building the indexes.
      '--innodb-sort-buffer-size=64M',
    ],
  });
}

/** Starts servers whose buffer pool holds the whole log. Fills the Moodle if it is not there. */
export async function openStage(options: {
  folder: string;
  moodle: BenchmarkMoodle;
  /** The rows of the longest log that will be measured. */
  mostRows: number;
  rounds: number;
  say: (line: string) => void;
}): Promise<Stage> {
  const { folder, moodle, rounds, say } = options;
  const stack = await openServers(options);
  const stage = { stack, folder, moodle, moodleUrl: '', rounds, say };
  return { ...stage, moodleUrl: await prepareMoodle(stage, moodle) };
}

/** Fills a database with a benchmark Moodle if it is not there. Returns its address. */
export async function prepareMoodle({ stack, say }: Stage, moodle: BenchmarkMoodle): Promise<string> {
  const rows = moodle.rowsPerDay * moodle.dates.length;
  const url = await createDatabase(stack.mysqlUrl, `bench_moodle_${rows}`);
  say(`Moodle of ${rows.toLocaleString('en')} log rows in ${moodle.dates.length} days …`);
  await withConnection(url, async (connection) => {
    await fillBenchmarkMoodle(connection, moodle, say);
    await warmUp(connection);
  });
  return url;
}

/** Reads the tables into memory. Otherwise the first candidate would read the disk for all others. */
async function warmUp(connection: Connection): Promise<void> {
  const scan = (table: string, column: string, index: string) =>
    connection.query(`SELECT COUNT(${column}) FROM mdl_${table} FORCE INDEX (${index})`);
  await scan('logstore_standard_log', 'component', 'PRIMARY');
  await scan('logstore_standard_log', 'timecreated', 'mdl_logsstanlog_tim_ix');
  await scan('role_assignments', 'component', 'PRIMARY');
  await scan('role_assignments', 'userid', 'mdl_roleassi_useconrol_ix');
  await scan('context', 'path', 'PRIMARY');
  await scan('course', 'fullname', 'PRIMARY');
}

/** The configuration of the system on this stage, as a process reads it. */
export function configOf(stage: Stage, warehouseUrl: string) {
  return loadConfig(
    { MOODLE_DATABASE_URL: stage.moodleUrl, ETL_DATABASE_URL: warehouseUrl, ETL_TIMEOUT: '3600' },
    ['MOODLE_DATABASE_URL', 'ETL_DATABASE_URL'],
  );
}

/** Opens the Moodle as a worker does. */
export function openStageSource(stage: Stage): Source {
  const config = configOf(stage, 'mysql://unused@localhost/none');
  return openSource(config, QUIET, { connections: 4 });
}

/** An open warehouse, and the name and address of its database. */
export interface StageWarehouse {
  name: string;
  url: string;
  warehouse: Warehouse;
}

/** Creates an empty warehouse of this name. */
export async function openStageWarehouse(
  { stack }: Pick<Stage, 'stack'>,
  name: string,
): Promise<StageWarehouse> {
  await dropDatabase(stack.mysqlUrl, name);
  return openDatabaseOfStage(stack.mysqlUrl, name);
}

const CATEGORIES = 180;
const FIRST_WAREHOUSE_DATE = '2023-01-01';

/** A warehouse of so many dates, with a leap day among those of three years. */
export function benchmarkWarehouse(size: { dates: number; courses: number }): BenchmarkWarehouse {
  const dates = datesBetween(FIRST_WAREHOUSE_DATE, addDays(FIRST_WAREHOUSE_DATE, size.dates - 1));
  return { dates, courses: size.courses, categories: CATEGORIES };
}

/** Opens the warehouse of daily rows. Fills it if it is not there: that takes minutes, so it is kept. */
export async function openBenchmarkWarehouse(
  { stack, say }: Pick<Stage, 'stack' | 'say'>,
  benchmark: BenchmarkWarehouse,
): Promise<StageWarehouse> {
  const { dates, courses } = benchmark;
  const name = `bench_warehouse_${dates.length}_${courses}`;
  say(`Warehouse of ${courses.toLocaleString('en')} courses on ${dates.length.toLocaleString('en')} dates …`);
  const url = await createDatabase(stack.mysqlUrl, name);
  if (!(await withConnection(url, (connection) => holdsBenchmarkWarehouse(connection, benchmark)))) {
    // What a former attempt, or another version of the generator, has left.
    const { warehouse } = await openStageWarehouse({ stack }, name);
    await warehouse.destroy();
    await withConnection(url, (connection) => fillBenchmarkWarehouse(connection, benchmark, say));
  }
  return openDatabaseOfStage(stack.mysqlUrl, name);
}

/** Creates the database if it is missing, and its tables. */
async function openDatabaseOfStage(mysqlUrl: string, name: string): Promise<StageWarehouse> {
  const url = await createDatabase(mysqlUrl, name);
  const warehouse = openWarehouse({ ETL_DATABASE_URL: url }, { connections: 8, statementSeconds: 3600 });
  await migrate(warehouse);
  return { name, url, warehouse };
}

/** The date of a round. Each round has another date, so that its load is always the first. */
export function dayOfRound({ moodle }: Stage, round: number) {
  const { dates } = moodle;
  return dayOf(dates[round % dates.length] as string, 'UTC');
}
