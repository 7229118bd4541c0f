import { withConnection } from '../databases.ts';

/** Database servers whose messages and statements differ. */
export type ServerKind = 'mariadb' | 'mysql';

export async function serverKindOf(mysqlUrl: string): Promise<ServerKind> {
  return withConnection(mysqlUrl, async (connection) => {
    const [rows] = await connection.query('SELECT VERSION() AS version');
    return /mariadb/i.test((rows as { version: string }[])[0]?.version ?? '') ? 'mariadb' : 'mysql';
  });
}

/** What tests send to each kind of server or expect from it. */
export const WORDING = {
  mariadb: {
    /** ALTER INDEX: hides the index from the server, and shows it again. */
    hidden: 'IGNORED',
    shown: 'NOT IGNORED',
    /** The setting that limits how long a statement may run; 0 is no limit. */
    statementLimit: 'max_statement_time',
    overLimit: /max_statement_time exceeded/,
    /** The table of sessions and what they run. */
    sessions: 'information_schema.processlist',
    /** A column or key as SHOW CREATE TABLE describes it. */
    described: (definition: string) => definition,
  },
  mysql: {
    hidden: 'INVISIBLE',
    shown: 'VISIBLE',
    statementLimit: 'max_execution_time',
    overLimit: /maximum statement execution time exceeded/,
    // A query of the other table fails if a session's statement has an emoji.
    sessions: 'performance_schema.processlist',
    // No widths of integers, and defaults in quotes.
    described: (definition: string) =>
      definition.replace(/int\(\d+\)/, 'int').replace(/DEFAULT ([\d.]+)$/, "DEFAULT '$1'"),
  },
} as const;
