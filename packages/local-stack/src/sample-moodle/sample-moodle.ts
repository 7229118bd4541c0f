import type { Connection, RowDataPacket } from 'mysql2/promise';
import { buildCampus } from './campus.ts';
import { logOfDay, restoredLog } from './log.ts';
import { randomOf } from './random.ts';
import { fullLogRow, insertRows } from './rows.ts';
import { createMoodleTables } from './schema.ts';

export interface SampleOptions {
  prefix: string;
  seed: string;
  courses: number;
  /** Log rows of a Monday; other weekdays have fewer. */
  rowsPerDay: number;
  /** The days of the log, `YYYY-MM-DD`, oldest first. The first day has only its afternoon. */
  dates: readonly string[];
  timeZone: string;
}

export const SAMPLE_DEFAULTS: SampleOptions = {
  prefix: 'mdl_',
  seed: 'sample',
  courses: 150,
  rowsPerDay: 12_000,
  dates: ['2024-01-11', '2024-01-12', '2024-01-13', '2024-01-14', '2024-01-15', '2024-01-16'],
  timeZone: 'Asia/Jakarta',
};

/** The row of Moodle's configuration that holds the options of the sample. */
const MARK = 'sample_moodle_2';

/**
 * Fills the connection's database with a Moodle that has the oddities of real ones. The same options give the same
 * Moodle. If the database already holds the Moodle of these options, it stays as it is and the function returns
 * false.
 */
export async function fillSampleMoodle(connection: Connection, options: SampleOptions): Promise<boolean> {
  const mark = JSON.stringify(options);
  if ((await markOf(connection, options.prefix)) === mark) return false;

  const { prefix, seed, dates, timeZone } = options;
  await createMoodleTables(connection, prefix);
  const campus = buildCampus(randomOf(`${seed} campus`), options.courses);
  await insertRows(connection, `${prefix}role`, ROLES);
  for (const [table, rows] of Object.entries(campus.rows)) {
    await insertRows(connection, prefix + table, rows);
  }
  const log = `${prefix}logstore_standard_log`;
  for (const date of dates) {
    const rows = logOfDay(randomOf(`${seed} ${date}`), campus, date, timeZone, options.rowsPerDay);
    await insertRows(connection, log, rows.map(fullLogRow));
  }
  if (dates[0] !== undefined) {
    const firstDay = Temporal.PlainDate.from(dates[0]).toZonedDateTime(timeZone).epochMilliseconds / 1000;
    const restored = restoredLog(randomOf(`${seed} restored`), campus, firstDay, 200);
    await insertRows(connection, log, restored.map(fullLogRow));
    // Moodle's clean-up has deleted half of the oldest day.
    await connection.query(`DELETE FROM ${log} WHERE timecreated < ?`, [firstDay + 43_200]);
  }
  await insertRows(connection, `${prefix}config_plugins`, [
    { plugin: 'tool_log', name: 'enabled_stores', value: 'logstore_standard' },
    { plugin: 'logstore_standard', name: 'loglifetime', value: '0' },
    { plugin: 'logstore_standard', name: 'logguests', value: '1' },
    { plugin: 'logstore_standard', name: 'buffersize', value: '50' },
  ]);
  // Last: an interrupted sample is made again.
  await insertRows(connection, `${prefix}config`, [
    { name: 'timezone', value: timeZone },
    { name: 'release', value: '4.1 (sample)' },
    { name: 'version', value: '2022112800' },
    { name: MARK, value: mark },
  ]);
  return true;
}

async function markOf(connection: Connection, prefix: string): Promise<string | undefined> {
  const [tables] = await connection.query<RowDataPacket[]>('SHOW TABLES LIKE ?', [`${prefix}config`]);
  if (tables.length === 0) return undefined;
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT value FROM ${prefix}config WHERE name = ?`, [
    MARK,
  ]);
  return rows[0]?.value;
}

/** The roles of a default Moodle, in the order of their ids. */
const ROLES = [
  'manager',
  'coursecreator',
  'editingteacher',
  'teacher',
  'student',
  'guest',
  'user',
  'frontpage',
].map((name, index) => ({
  id: index + 1,
  name: '',
  shortname: name,
  description: '',
  sortorder: index + 1,
  archetype: name,
}));
