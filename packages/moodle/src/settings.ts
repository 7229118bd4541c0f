import { sql } from 'kysely';
import { read, type Source, table } from './source.ts';

/** A value of Moodle's configuration, or undefined if it is not set. `plugin` is undefined for Moodle's core. */
export async function setting(
  source: Source,
  name: string,
  plugin: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const of = plugin === undefined ? sql`TRUE` : sql`plugin = ${plugin}`;
  const [row] = await read(
    source,
    sql<{ value: string }>`
      SELECT value FROM ${table(source, plugin === undefined ? 'config' : 'config_plugins')}
      WHERE name = ${name} AND ${of}`,
    signal,
  );
  return row?.value;
}

export interface Role {
  id: number;
  shortname: string;
  /** The kind of role, independent of its name: `student`, `teacher`, `editingteacher`, … */
  archetype: string;
}

export async function roles(source: Source, signal: AbortSignal): Promise<Role[]> {
  return read(
    source,
    sql<Role>`SELECT id, shortname, archetype FROM ${table(source, 'role')} ORDER BY id`,
    signal,
  );
}
