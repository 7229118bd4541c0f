import type { Connection } from 'mysql2/promise';

/** Rows of Moodle's tables. A missing column has its default. */
export interface CategoryRow {
  id: number;
  name: string;
  idnumber: string | null;
  parent: number;
  depth: number;
  path: string;
}

export interface CourseRow {
  /** Text if it is beyond 2^53. */
  id: number | string;
  category: number;
  fullname: string;
  shortname: string;
  idnumber: string;
  visible: number;
}

export interface ContextRow {
  id: number;
  contextlevel: number;
  instanceid: number | string;
}

export interface RoleAssignmentRow {
  roleid: number;
  contextid: number;
  userid: number;
  component: string;
  itemid: number;
}

export interface LogRow {
  component: string;
  action: string;
  target: string;
  crud: string;
  contextid: number;
  contextlevel: number;
  contextinstanceid: number;
  userid: number;
  courseid: number | string | null;
  anonymous: number;
  timecreated: number;
  origin: string;
  realuserid: number | null;
}

/** The tables that the system reads, apart from the log. */
export interface MoodleRows {
  course_categories: CategoryRow[];
  course: CourseRow[];
  context: ContextRow[];
  role_assignments: RoleAssignmentRow[];
}

/** Rows in one INSERT: some hundred kilobytes. */
const ROWS_PER_STATEMENT = 2000;

/** Inserts rows of one table, in their order. */
export async function insertRows<Row extends object>(
  connection: Connection,
  table: string,
  rows: readonly Row[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}) as (keyof Row & string)[];
  for (let done = 0; done < rows.length; done += ROWS_PER_STATEMENT) {
    const values = rows
      .slice(done, done + ROWS_PER_STATEMENT)
      .map((row) => columns.map((column) => row[column]));
    await connection.query(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ?`, [values]);
  }
}

/** The other columns of a log row, derived from `LogRow` as Moodle derives them. */
export function fullLogRow(row: LogRow): object {
  return {
    ...row,
    eventname: `\\${row.component}\\event\\${row.target}_${row.action}`,
    edulevel: row.contextlevel === 70 ? 2 : 0,
    other: 'N;',
    ip: row.origin === 'cli' ? null : '192.0.2.1',
  };
}
