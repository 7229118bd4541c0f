import type { Config } from '@etl/core';
import { COLUMNS_READ, privileges, type Source, serverVersion, visibleColumns } from '@etl/moodle';
import { examined, type Finding, ok, wrong } from './finding.ts';
import { messageOf } from './statements.ts';

/** Privileges that an account which only reads may have. */
const HARMLESS: ReadonlySet<string> = new Set([
  'USAGE',
  'SELECT',
  'SHOW VIEW',
  'SHOW DATABASES',
  'PROCESS',
  'REPLICATION CLIENT',
  'BINLOG MONITOR',
  'SLAVE MONITOR',
  'REPLICA MONITOR',
]);

/**
 * Checks Moodle's database: the account should read what runs need and do nothing else, and the tables must exist. If
 * they do not, `isMoodle` is false and further checks make no sense.
 */
export async function examineSource(
  source: Source,
  config: Config,
  signal: AbortSignal,
): Promise<{ findings: Finding[]; isMoodle: boolean }> {
  let version: string;
  try {
    version = await serverVersion(source, signal);
  } catch (error) {
    const fault = wrong('fault', 'moodle database', messageOf(error as Error), {
      means: 'No run can read Moodle.',
      mend: 'Check that the server runs, and that user, password, host and database of MOODLE_DATABASE_URL are right.',
    });
    return { findings: [fault], isMoodle: false };
  }
  const tables = await tablesOf(source, config, signal);
  return {
    findings: [
      ok('moodle database', `version ${version}`),
      ...(await examined('moodle account', () => account(source, signal))),
      ...tables,
    ],
    isMoodle: tables.every(({ level }) => level === 'ok'),
  };
}

const PRIVILEGES_SHOWN = 5;

async function account(source: Source, signal: AbortSignal): Promise<Finding> {
  const all = await privileges(source, signal);
  const more = [...all].filter((privilege) => !HARMLESS.has(privilege));
  if (more.length === 0) return ok('moodle account', 'may only read');
  // MySQL lists all privileges of an administrator, about fifty.
  const others = more.length - PRIVILEGES_SHOWN;
  const shown = more.slice(0, PRIVILEGES_SHOWN).join(', ') + (others > 0 ? ` and ${others} others` : '');
  return wrong('warning', 'moodle account', `may do more than read: ${shown}`, {
    means: "This system never writes to Moodle's database; its account should not be able to either.",
    mend: "Create an account: CREATE USER 'etl_reader'@'%' IDENTIFIED BY '…'; GRANT SELECT ON moodle.* TO 'etl_reader'@'%';",
  });
}

async function tablesOf(source: Source, config: Config, signal: AbortSignal): Promise<Finding[]> {
  const columns = await visibleColumns(source, signal);
  const { prefix } = source;
  const lacking = Object.entries(COLUMNS_READ).flatMap(([name, read]) => {
    const present = columns.get(prefix + name);
    if (!present) return [`${prefix}${name}`];
    return read.filter((column) => !present.has(column)).map((column) => `${prefix}${name}.${column}`);
  });
  if (lacking.length === 0) return [ok('moodle tables', `all exist, with the prefix "${prefix}"`)];
  const others = [...columns.keys()]
    .filter((name) => name.endsWith('logstore_standard_log'))
    .map((name) => name.slice(0, -'logstore_standard_log'.length))
    .filter((other) => other !== config.MOODLE_TABLE_PREFIX);
  return [
    wrong('fault', 'moodle tables', `missing or unreadable: ${lacking.join(', ')}`, {
      means: 'No run can read Moodle without them.',
      mend:
        others.length > 0
          ? `There are tables with the prefix ${others.join(', ')}: set MOODLE_TABLE_PREFIX=${others[0]}`
          : "Check that MOODLE_DATABASE_URL names Moodle's database, then: GRANT SELECT ON moodle.* TO the account.",
    }),
  ];
}
