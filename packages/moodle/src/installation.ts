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

/** The columns of every table of the database that the account can see, by the table's full name. */
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

/** What the account may do in this database, privilege by privilege, as the server tells it of itself. */
export async function privileges(source: Source, signal: AbortSignal): Promise<Set<string>> {
  const [current] = await read(source, sql<{ name: string }>`SELECT DATABASE() AS name`, signal);
  const grants = await read(source, sql<Record<string, string>>`SHOW GRANTS`, signal);
  const found = new Set<string>();
  for (const grant of grants.flatMap((row) => Object.values(row))) {
    const [, given, where] = /^GRANT (.+?) ON (\S+) TO /.exec(grant) ?? [];
    // A role that was granted has lines of its own where it is in force.
    if (given === undefined || where === undefined || !isOn(where, current?.name ?? '')) continue;
    // A privilege may name columns: SELECT (id, name).
    for (const privilege of given.replaceAll(/ *\([^)]*\)/g, '').split(', '))
      found.add(privilege.toUpperCase());
  }
  return found;
}

/** Whether a grant on `database`.`table` concerns this database, in whose place may stand a pattern. */
function isOn(where: string, database: string): boolean {
  const name = where.slice(0, where.lastIndexOf('.')).replaceAll('`', '').replaceAll('\\', '');
  return name === '*' || name === database || name.includes('%');
}

/** The server's version, as it calls itself. */
export async function serverVersion(source: Source, signal: AbortSignal): Promise<string> {
  const [row] = await read(source, sql<{ version: string }>`SELECT VERSION() AS version`, signal);
  return row?.version ?? '';
}
