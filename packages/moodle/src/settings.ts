import { sql } from 'kysely';
import { read, type Source, table } from './source.ts';

/** A value of Moodle's configuration: `plugin` is a plugin's name, or undefined for the core's. Undefined where it is not set. */
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
  /** What kind of role it is, whatever it is called: `student`, `teacher`, `editingteacher`, … */
  archetype: string;
}

export async function roles(source: Source, signal: AbortSignal): Promise<Role[]> {
  return read(
    source,
    sql<Role>`SELECT id, shortname, archetype FROM ${table(source, 'role')} ORDER BY id`,
    signal,
  );
}
