import { adviceFor, isTransient, type Refusal, type StatementKind } from '@etl/core';
import { type Finding, ok, wrong } from './finding.ts';

/** What makes a server accept a kind of statement. The number of an error can say more: see `adviceFor`. */
const REMEDIES: Record<StatementKind, string> = {
  load: 'Mend what the message says. Workers ask the server for its load and, if it is a replica, for its lag.',
  lock: 'The server must allow GET_LOCK, and a proxy must keep a session on one server (Percona XtraDB Cluster: pxc_strict_mode=PERMISSIVE).',
  read: "GRANT SELECT ON moodle.* TO the account of MOODLE_DATABASE_URL (with that database's name).",
  cancel:
    'Let the account open further connections (MAX_USER_CONNECTIONS 0), and let it end its own statements (KILL QUERY).',
  write: "GRANT ALL PRIVILEGES ON celoeapi.* TO the account of ETL_DATABASE_URL (with that database's name).",
};

const LONGEST_STATEMENT = 80;

/** The server's message, after the statement that caused it. */
export function messageOf(error: Error & { sql?: string }): string {
  const statement = error.sql?.replaceAll(/\s+/g, ' ').trim();
  if (!statement) return error.message;
  const short =
    statement.length > LONGEST_STATEMENT ? `${statement.slice(0, LONGEST_STATEMENT)}…` : statement;
  return `${short}: ${error.message}`;
}

/** The finding about the statements of a run that the server refused. */
export function statementsFinding(check: string, refusals: readonly Refusal[]): Finding {
  const [first] = refusals;
  if (!first) return ok(check, 'the server accepts the statements of runs');
  const found = [...new Set(refusals.map(({ error }) => messageOf(error)))].join('\n');
  if (refusals.every(({ error }) => isTransient(error) || error.name === 'TimeoutError')) {
    return wrong('warning', check, found, {
      means: 'The server was busy, so not every statement was tried.',
      mend: 'Run the doctor again when the server is less busy.',
    });
  }
  const remedies = refusals.map(({ kind, error }) => adviceFor(error) ?? REMEDIES[kind]);
  return wrong('fault', check, found, {
    means: 'Runs send these statements, and would fail.',
    mend: [...new Set(remedies)].join('\n'),
  });
}
