/** What mysql2 puts on an error: its own or the system's `code`, and the server's number where the server spoke. */
interface DatabaseErrorFields {
  code?: unknown;
  errno?: unknown;
  fatal?: unknown;
}

/** Errors of the way to the server. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // the socket file of a stopped local server
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'PROTOCOL_CONNECTION_LOST',
]);

/**
 * The server answers, but not to us, or not now: too many connections, shutting down, connection killed. 1047: a node of a Galera
 * cluster that has no quorum or is not synced yet. Of MySQL alone: 3032 offline mode, 3169 session killed, 4031 session ended for silence.
 */
const UNAVAILABLE_NOW = new Set([1040, 1047, 1053, 1077, 1152, 1184, 1203, 1226, 1927, 3032, 3169, 4031]);

/** The account is locked (MySQL 3118, blocked after wrong passwords 3955; MariaDB 4151), or its password has expired. */
const ACCOUNT_CLOSED = [1820, 1862, 3118, 3955, 4151];

/** The server will not let this account in, or does not have the database. */
const NOT_LET_IN = new Set([1044, 1045, 1049, 1698, ...ACCOUNT_CLOSED]);

/** The server cannot be spoken to over TLS as we are told to: it has none, or no certificate that we trust. */
const NOT_TRUSTED = new Set(['HANDSHAKE_NO_SSL_SUPPORT', 'HANDSHAKE_SSL_ERROR']);

/**
 * Lock wait time-out and deadlock: the loser's transaction is rolled back and can simply be tried again. Nodes of a cluster that
 * wrote the same row find that out at COMMIT: 1213 in Galera, 3101 in Group Replication.
 */
const LOST_A_LOCK = new Set([1205, 1213, 3101]);

/** A cluster could not replicate the transaction: its node has just lost the others (Galera 1180, Group Replication 3100). */
const NOT_REPLICATED = new Set([1180, 3100]);

/** A statement ended from outside: killed, or over its time limit (MySQL 3024, MariaDB 1969). */
const INTERRUPTED = new Set([1317, 1969, 3024]);

const DUPLICATE_KEY = 1062;
const NO_SUCH_TABLE = 1146;

/** What a person can do about a fault that does not pass by itself, by the server's number. */
const ADVICE = new Map<number, string>([
  ...[1044, 1045, 1698].map(
    (errno) =>
      [
        errno,
        'The server refuses the account: check user, password and rights of ETL_DATABASE_URL and MOODLE_DATABASE_URL.',
      ] as const,
  ),
  ...ACCOUNT_CLOSED.map(
    (errno) =>
      [
        errno,
        'The account is locked, or its password has expired: ALTER USER … ACCOUNT UNLOCK, or give it a new password.',
      ] as const,
  ),
  [1049, 'There is no such database: check its name in ETL_DATABASE_URL and MOODLE_DATABASE_URL.'],
  [1054, 'A column is missing: run pnpm migrate, and see whether this is a Moodle of 3.9 or newer.'],
  ...[1142, 1143, 1227, 1370].map(
    (errno) =>
      [
        errno,
        "The account lacks a right: Moodle's needs SELECT on its database, the one of the ETL database all rights there.",
      ] as const,
  ),
  ...[1305, 1630].map(
    (errno) =>
      [
        errno,
        'The server lacks a function that this version needs: use a server that docs/install.md names.',
      ] as const,
  ),
  [1146, 'A table is missing: check MOODLE_TABLE_PREFIX; for a table of the ETL database, run pnpm migrate.'],
  [1153, 'A statement is too long for the server: raise its max_allowed_packet, or lower ETL_BATCH_SIZE.'],
  [
    3159,
    'The server accepts only connections over TLS: set ETL_DATABASE_TLS or MOODLE_DATABASE_TLS, and see docs/security.md.',
  ],
  ...[1290, 1792, 1836].map(
    (errno) => [errno, 'The server takes no writes: does ETL_DATABASE_URL name a replica?'] as const,
  ),
]);

function fieldsOf(error: unknown): { code: string; errno: number; fatal: boolean } {
  const { code, errno, fatal } = (error ?? {}) as DatabaseErrorFields;
  return {
    code: typeof code === 'string' ? code : '',
    errno: typeof errno === 'number' ? errno : 0,
    fatal: fatal === true,
  };
}

/** The database cannot be worked with at all at this moment: down, unreachable, full, or refusing our account. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const { code, errno } = fieldsOf(error);
  return isConnectionLost(error) || NOT_LET_IN.has(errno) || NOT_TRUSTED.has(code);
}

/** Trying the same again later may well succeed. Anything else is a fault that a retry cannot mend. */
export function isTransient(error: unknown): boolean {
  const { errno } = fieldsOf(error);
  return isConnectionLost(error) || isLostLock(error) || INTERRUPTED.has(errno) || NOT_REPLICATED.has(errno);
}

/** A statement that was ended from outside, most of all since it took too long. */
export function isInterrupted(error: unknown): boolean {
  return INTERRUPTED.has(fieldsOf(error).errno);
}

/** A deadlock or lock wait time-out: run the transaction again. */
export function isLostLock(error: unknown): boolean {
  return LOST_A_LOCK.has(fieldsOf(error).errno);
}

/** A unique key refused the row. */
export function isDuplicateKey(error: unknown): boolean {
  return fieldsOf(error).errno === DUPLICATE_KEY;
}

/** A table is not there: of the ETL database, before `migrate` has run. */
export function isTableMissing(error: unknown): boolean {
  return fieldsOf(error).errno === NO_SUCH_TABLE;
}

/** What is to be done about an error that will not pass by itself, where we know. */
export function adviceFor(error: unknown): string | undefined {
  const { code, errno } = fieldsOf(error);
  if (NOT_TRUSTED.has(code)) {
    return 'The server has no TLS, or not the certificate that we expect: check ETL_DATABASE_TLS and MOODLE_DATABASE_TLS.';
  }
  return ADVICE.get(errno);
}

function isConnectionLost(error: unknown): boolean {
  const { code, errno, fatal } = fieldsOf(error);
  if (NETWORK_CODES.has(code) || UNAVAILABLE_NOW.has(errno)) return true;
  // mysql2 refuses a command on a connection that broke before with a fatal error that has no code.
  return fatal && code === '' && !NOT_LET_IN.has(errno);
}
