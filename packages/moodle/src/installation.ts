import { grantedOn } from '@etl/core';
import { sql } from 'kysely';
import { type MoodleTable, read, type Source } from './source.ts';

/** The columns that the extraction reads, by table. */
export const COLUMNS_READ = {
  logstore_standard_log: ['id', 'component', 'action', 'contextlevel', 'courseid', 'timecreated'],
  course: ['id', 'category', 'fullname', 'shortname', 'idnumber', 'visible'],
  course_categories: ['id', 'name', 'idnumber', 'parent', 'depth', 'path'],
  context: ['id', 'contextlevel', 'instanceid'],
  role_assignments: ['roleid', 'contextid', 'userid'],
} as const satisfies Partial<Record<MoodleTable, readonly string[]>>;

/** The columns of every table that the account can see, by the table's full name. */
export async function visibleColumns(source: Source, signal: AbortSignal): Promise<Map<string, Set<string>>> {
  const rows = await read(
    source,
    sql<{ name: string; columns: string }>`
      SELECT table_name AS name, GROUP_CONCAT(LOWER(column_name)) AS columns
      FROM information_schema.columns WHERE table_schema = DATABASE() GROUP BY table_name`,
    signal,
  );
  return new Map(rows.map(({ name, columns }) => [name, new Set(columns.split(','))]));
}

/** The privileges of the account on this database, from SHOW GRANTS. */
export async function privileges(source: Source, signal: AbortSignal): Promise<Set<string>> {
  const [current] = await read(source, sql<{ name: string }>`SELECT DATABASE() AS name`, signal);
  const grants = await read(source, sql<Record<string, string>>`SHOW GRANTS`, signal);
  return grantedOn(
    current?.name ?? '',
    grants.flatMap((row) => Object.values(row)),
  );
}

/** The server's version, from VERSION(). */
export async function serverVersion(source: Source, signal: AbortSignal): Promise<string> {
  const [row] = await read(source, sql<{ version: string }>`SELECT VERSION() AS version`, signal);
  return row?.version ?? '';
}
