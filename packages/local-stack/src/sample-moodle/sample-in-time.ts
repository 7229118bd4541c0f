import { addDays, countDates, dayOf } from '@etl/core';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { type Campus, ROLE } from './campus.ts';
import { restoredLog } from './log.ts';
import { type Random, randomOf } from './random.ts';
import { type CourseRow, fullLogRow, insertRows, type MoodleRows, type RoleAssignmentRow } from './rows.ts';
import type { Cast, Term } from './term.ts';

/** Share of students who enrol during the term, most of them early. */
const LATE_STUDENTS = 0.2;

/** What of a term's Moodle is there from the beginning, and what comes later. */
export interface TermRows {
  before: MoodleRows;
  /** The new course and its contexts, on the term's date for it. */
  newCourse: Pick<MoodleRows, 'course' | 'context'>;
  /** Enrolments by their date. */
  joining: { date: string; row: RoleAssignmentRow }[];
}

/** Splits the rows of a Moodle at the end of a term by the date from which they are there. */
export function rowsInTime(random: Random, { rows }: Campus, term: Term, cast: Cast): TermRows {
  const newId = cast.newCourse?.id;
  const isNew = ({ id }: CourseRow) => id === newId;
  const newContexts = new Set([cast.newCourse?.contextid, ...Object.values(cast.newCourse?.modules ?? {})]);
  const days = countDates(term.from, term.to);
  const joining: TermRows['joining'] = [];
  const stay = rows.role_assignments.filter((row) => {
    const isInNewCourse = newContexts.has(row.contextid);
    const isLate = row.roleid === ROLE.student && random.chance(LATE_STUDENTS);
    if (!isInNewCourse && !isLate) return true;
    const first = isInNewCourse ? term.newCourse : term.from;
    joining.push({ date: isLate ? addDays(first, random.skewed(isInNewCourse ? 14 : days)) : first, row });
    return false;
  });
  return {
    before: {
      ...rows,
      course: rows.course.filter((course) => !isNew(course)),
      context: rows.context.filter(({ id }) => !newContexts.has(id)),
      role_assignments: stay,
    },
    newCourse: {
      course: rows.course.filter(isNew),
      context: rows.context.filter(({ id }) => newContexts.has(id)),
    },
    joining,
  };
}

export interface InTime {
  prefix: string;
  seed: string;
  timeZone: string;
  term: Term;
  cast: Cast;
  rows: TermRows;
}

/**
 * Brings a term's Moodle to the end of a date, earlier or later than the one it shows: its new course and its
 * enrolments are those of that date. The log only grows: late rows stay.
 */
export async function moveInTime(connection: Connection, moodle: InTime, date: string): Promise<void> {
  const { prefix, timeZone, term, rows } = moodle;
  const secondsOf = (day: string) => dayOf(day, timeZone).start + 8 * 3600;
  const { course, context } = rows.newCourse;
  await connection.beginTransaction();
  try {
    await connection.query(`DELETE FROM ${prefix}role_assignments WHERE timemodified > 0`);
    for (const { id } of course) await connection.query(`DELETE FROM ${prefix}course WHERE id = ?`, [id]);
    for (const { id } of context) await connection.query(`DELETE FROM ${prefix}context WHERE id = ?`, [id]);
    if (date >= term.newCourse) {
      const timecreated = secondsOf(term.newCourse);
      const created = course.map((row) => ({ ...row, timecreated, timemodified: timecreated }));
      await insertRows(connection, `${prefix}course`, created);
      await insertRows(connection, `${prefix}context`, context);
    }
    const joined = rows.joining.filter((joining) => joining.date <= date);
    await insertRows(
      connection,
      `${prefix}role_assignments`,
      joined.map(({ date: day, row }) => ({ ...row, timemodified: secondsOf(day) })),
    );
    if (date >= term.late.written) await writeLateRows(connection, moodle);
    await connection.commit();
  } catch (error) {
    await connection.rollback();
    throw error;
  }
}

async function writeLateRows(connection: Connection, moodle: InTime): Promise<void> {
  const { prefix, seed, timeZone, term, cast } = moodle;
  if (!cast.restored) return;
  const log = `${prefix}logstore_standard_log`;
  const { start, end } = dayOf(term.late.date, timeZone);
  const [present] = await connection.query<RowDataPacket[]>(
    `SELECT 1 FROM ${log} WHERE timecreated >= ? AND timecreated < ? AND origin = 'restore' LIMIT 1`,
    [start, end],
  );
  if (present.length > 0) return;
  const rows = restoredLog(randomOf(`${seed} late`), cast.restored, start, term.late.rows);
  await insertRows(connection, log, rows.map(fullLogRow));
}
