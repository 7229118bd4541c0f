import { dayOf } from '@etl/core';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { buildCampus, type Campus, type CampusCourse } from './campus.ts';
import { logOfDay, restoredLog, usualTraffic } from './log.ts';
import { randomOf } from './random.ts';
import { fullLogRow, insertRows } from './rows.ts';
import { type InTime, moveInTime, rowsInTime } from './sample-in-time.ts';
import { createMoodleTables, fillWithoutKeys } from './schema.ts';
import { castOf, datesOfTerm, EIGHT_WEEKS, type Term, termTraffic } from './term.ts';

export interface SampleOptions {
  prefix: string;
  seed: string;
  courses: number;
  /** Log rows of a Monday; other weekdays have fewer. */
  rowsPerDay: number;
  /** The days of the log, `YYYY-MM-DD`, oldest first. The first day has only its afternoon. */
  dates: readonly string[];
  timeZone: string;
  /**
   * What happens in these weeks. Without it every week is like every other. Courses and enrolments are those of its
   * first date until `moveSampleTo` changes them; the log is that of all dates.
   */
  term?: Term;
}

export const SAMPLE_DEFAULTS: SampleOptions = {
  prefix: 'mdl_',
  seed: 'sample',
  courses: 150,
  rowsPerDay: 12_000,
  dates: ['2024-01-11', '2024-01-12', '2024-01-13', '2024-01-14', '2024-01-15', '2024-01-16'],
  timeZone: 'Asia/Jakarta',
};

/** Eight weeks in which something happens: what the demo shows. */
export const TERM_SAMPLE = {
  ...SAMPLE_DEFAULTS,
  rowsPerDay: 6000,
  dates: datesOfTerm(EIGHT_WEEKS),
  term: EIGHT_WEEKS,
} satisfies SampleOptions;

/** The row of Moodle's configuration that holds the options of the sample. */
const MARK = 'sample_moodle_2';

/**
 * Fills the connection's database with a Moodle that has the oddities of real ones. The same options give the same
 * Moodle. If the database already holds the Moodle of these options, it stays as it is and the function returns
 * false.
 */
export async function fillSampleMoodle(connection: Connection, options: SampleOptions): Promise<boolean> {
  if (await holdsSampleMoodle(connection, options)) return false;
  const { prefix, timeZone } = options;
  await createMoodleTables(connection, prefix);
  const campus = campusOf(options);
  const inTime = inTimeOf(options, campus);
  await insertRows(connection, `${prefix}role`, ROLES);
  for (const [table, rows] of Object.entries(inTime?.rows.before ?? campus.rows)) {
    await insertRows(connection, prefix + table, rows);
  }
  const fillDays = async () => {
    for (const date of options.dates) await insertDay(connection, options, campus, inTime, date);
  };
  if (inTime) await fillWithoutKeys(connection, prefix, 'logstore_standard_log', fillDays);
  else await fillDays();
  await wearFirstDay(connection, options, campus);
  if (inTime) await moveInTime(connection, inTime, inTime.term.from);
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
    { name: MARK, value: JSON.stringify(options) },
  ]);
  return true;
}

/** Adds the log of dates beside those of the options. A date that has rows keeps them. */
export async function addSampleDates(
  connection: Connection,
  options: SampleOptions,
  dates: readonly string[],
): Promise<void> {
  const campus = campusOf(options);
  const inTime = inTimeOf(options, campus);
  for (const date of dates) {
    const { start, end } = dayOf(date, options.timeZone);
    const [present] = await connection.query<RowDataPacket[]>(
      `SELECT 1 FROM ${options.prefix}logstore_standard_log WHERE timecreated >= ? AND timecreated < ? LIMIT 1`,
      [start, end],
    );
    if (present.length > 0) continue;
    // All or none: an interrupted date is added again.
    await connection.beginTransaction();
    await insertDay(connection, options, campus, inTime, date);
    await connection.commit();
  }
}

/**
 * Brings a Moodle with a term to the end of a date, as if it were that day: its courses and enrolments are those of
 * then. Late rows come on the date on which they were written, and stay.
 */
export async function moveSampleTo(
  connection: Connection,
  options: SampleOptions,
  date: string,
): Promise<void> {
  const inTime = inTimeOf(options, campusOf(options));
  if (inTime) await moveInTime(connection, inTime, date);
}

function campusOf({ seed, courses }: SampleOptions): Campus {
  return buildCampus(randomOf(`${seed} campus`), courses);
}

function inTimeOf(options: SampleOptions, campus: Campus): InTime | undefined {
  const { term, seed } = options;
  if (!term) return undefined;
  const cast = castOf(randomOf(`${seed} cast`), campus, term);
  const rows = rowsInTime(randomOf(`${seed} joining`), campus, term, cast);
  return { ...options, term, cast, rows };
}

async function insertDay(
  connection: Connection,
  { prefix, seed, timeZone, rowsPerDay }: SampleOptions,
  campus: Campus,
  inTime: InTime | undefined,
  date: string,
): Promise<void> {
  const traffic = inTime
    ? termTraffic(campus, inTime, date, rowsPerDay)
    : usualTraffic(campus, date, rowsPerDay);
  const rows = logOfDay(randomOf(`${seed} ${date}`), campus, dayOf(date, timeZone), traffic);
  await insertRows(connection, `${prefix}logstore_standard_log`, rows.map(fullLogRow));
}

/** A restored course has brought rows of the oldest day, and Moodle's clean-up has deleted half of that day. */
async function wearFirstDay(
  connection: Connection,
  { prefix, seed, dates, timeZone }: SampleOptions,
  campus: Campus,
): Promise<void> {
  if (dates[0] === undefined) return;
  const log = `${prefix}logstore_standard_log`;
  const { start } = dayOf(dates[0], timeZone);
  const restored = restoredLog(
    randomOf(`${seed} restored`),
    campus.courses.at(-1) as CampusCourse,
    start,
    200,
  );
  await insertRows(connection, log, restored.map(fullLogRow));
  await connection.query(`DELETE FROM ${log} WHERE timecreated < ?`, [start + 43_200]);
}

/** Whether the connection's database holds the Moodle of these options, complete. */
export async function holdsSampleMoodle(connection: Connection, options: SampleOptions): Promise<boolean> {
  const config = `${options.prefix}config`;
  const [tables] = await connection.query<RowDataPacket[]>('SHOW TABLES LIKE ?', [config]);
  if (tables.length === 0) return false;
  const [rows] = await connection.query<RowDataPacket[]>(`SELECT value FROM ${config} WHERE name = ?`, [
    MARK,
  ]);
  return rows[0]?.value === JSON.stringify(options);
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
