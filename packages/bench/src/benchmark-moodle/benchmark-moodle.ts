import { createMoodleTables, insertRows } from '@etl/local-stack';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { fillContexts, fillCourses, fillRoleAssignments } from './campus.ts';
import { fillLogOfDay } from './log.ts';

/**
 * A Moodle to measure with. The same options give the same rows, and a day is the same in a longer log as in a short
 * one.
 */
export interface BenchmarkMoodle {
  /** The days of the log, `YYYY-MM-DD` in UTC, oldest first. */
  dates: readonly string[];
  rowsPerDay: number;
  courses: number;
  roleAssignments: number;
}

const LOG = 'mdl_logstore_standard_log';

/** The row of Moodle's configuration that holds the options of the Moodle. */
const MARK = 'benchmark_moodle';

/** Raise it when the generator changes: a Moodle of an older version is made again. */
const GENERATOR = 2;

/**
 * Fills the connection's database with a Moodle to measure with, unless it already holds the Moodle of these options.
 * Needs MariaDB's sequence engine. It creates indexes last, so that ten million rows take minutes and not hours.
 */
export async function fillBenchmarkMoodle(
  connection: Connection,
  moodle: BenchmarkMoodle,
  say: (line: string) => void,
): Promise<void> {
  const mark = JSON.stringify({ ...moodle, GENERATOR });
  if ((await markOf(connection)) === mark) return;
  await createMoodleTables(connection, 'mdl_');
  await fillCourses(connection, moodle.courses);
  await fillContexts(connection, moodle.courses);
  await withoutIndexes(connection, 'mdl_role_assignments', () => fillRoleAssignments(connection, moodle));
  await withoutIndexes(connection, LOG, async () => {
    for (const [index, date] of moodle.dates.entries()) {
      await fillLogOfDay(connection, date, moodle);
      if ((index + 1) % 10 === 0) say(`  ${index + 1} of ${moodle.dates.length} days`);
    }
    say('  indexes');
  });
  await connection.query(`ANALYZE TABLE ${LOG}, mdl_role_assignments, mdl_context, mdl_course`);
  await insertRows(connection, 'mdl_config', [{ name: MARK, value: mark }]);
}

/**
 * For work that changes the Moodle and undoes the change. If the work is interrupted, the next run makes the Moodle
 * again.
 */
export async function whileChanged<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  const rename = (from: string, to: string) =>
    connection.query('UPDATE mdl_config SET name = ? WHERE name = ?', [to, from]);
  await rename(MARK, `${MARK}_changed`);
  const result = await work();
  await rename(`${MARK}_changed`, MARK);
  return result;
}

async function markOf(connection: Connection): Promise<string | undefined> {
  const [tables] = await connection.query<RowDataPacket[]>("SHOW TABLES LIKE 'mdl_config'");
  if (tables.length === 0) return undefined;
  const [rows] = await connection.query<RowDataPacket[]>('SELECT value FROM mdl_config WHERE name = ?', [
    MARK,
  ]);
  return rows[0]?.value;
}

/**
 * Drops a table's secondary indexes while it is filled. Its pages are not compressed: every measure would include
 * that.
 */
async function withoutIndexes(
  connection: Connection,
  table: string,
  fill: () => Promise<void>,
): Promise<void> {
  const [indexes] = await connection.query<RowDataPacket[]>(
    `SELECT index_name AS name, GROUP_CONCAT(column_name ORDER BY seq_in_index) AS columns
     FROM information_schema.statistics
     WHERE table_schema = DATABASE() AND table_name = ? AND index_name <> 'PRIMARY'
     GROUP BY index_name`,
    [table],
  );
  const drop = indexes.map(({ name }) => `DROP INDEX ${name}`);
  const add = indexes.map(({ name, columns }) => `ADD INDEX ${name} (${columns})`);
  await connection.query(`ALTER TABLE ${table} ${drop.join(', ')}, ROW_FORMAT=DYNAMIC KEY_BLOCK_SIZE=0`);
  await fill();
  await connection.query(`ALTER TABLE ${table} ${add.join(', ')}`);
}
