/** Fields of mysql2's errors: `code` is of mysql2 or of the system, `errno` is the server's number. */
interface DatabaseErrorFields {
  code?: unknown;
  errno?: unknown;
  fatal?: unknown;
}

/** The server is unreachable. */
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
 * The server does not serve this session now: too many connections, shutdown, connection killed. 1047: a Galera node
 * without quorum or not yet synced. MySQL only: 3032 offline mode, 3169 session killed, 4031 session ended after
 * inactivity.
 */
const UNAVAILABLE_NOW = new Set([1040, 1047, 1053, 1077, 1152, 1184, 1203, 1226, 1927, 3032, 3169, 4031]);

/**
 * The account is locked (MySQL 3118, blocked after wrong passwords 3955; MariaDB 4151), or its password has expired.
 */
const ACCOUNT_CLOSED = [1820, 1862, 3118, 3955, 4151];

/** The server refuses the account, or does not have the database. */
const ACCESS_DENIED = new Set([1044, 1045, 1049, 1698, ...ACCOUNT_CLOSED]);

/** The configured TLS fails: the server has none, or its certificate is not trusted. */
const TLS_FAILED = new Set(['HANDSHAKE_NO_SSL_SUPPORT', 'HANDSHAKE_SSL_ERROR']);

/**
 * Lock wait timeout and deadlock: the server has rolled the transaction back, and it can be retried. Two nodes of a
 * cluster that wrote the same row report the conflict at COMMIT: 1213 in Galera, 3101 in Group Replication.
 */
const LOST_A_LOCK = new Set([1205, 1213, 3101]);

/**
 * The node could not replicate the transaction, because it lost the other nodes (Galera 1180, Group Replication
 * 3100).
 */
const NOT_REPLICATED = new Set([1180, 3100]);

/** The statement was killed, or exceeded its time limit (MySQL 3024, MariaDB 1969). */
const INTERRUPTED = new Set([1317, 1969, 3024]);

const DUPLICATE_KEY = 1062;
const NO_SUCH_TABLE = 1146;

/** The remedy for a permanent error, by the server's number. */
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
  [1054, 'A column is missing: run pnpm migrate, and check that Moodle is 3.9 or newer.'],
  ...[1142, 1143, 1227, 1370].map(
    (errno) =>
      [
        errno,
        "The account lacks a right: Moodle's account needs SELECT on its database, the warehouse's account needs all rights on its own.",
      ] as const,
  ),
  ...[1305, 1630].map(
    (errno) =>
      [
        errno,
        'The server lacks a function that this version needs: use a server that docs/install.md names.',
      ] as const,
  ),
  [1146, 'A table is missing: check MOODLE_TABLE_PREFIX; for a table of the warehouse, run pnpm migrate.'],
  [1153, 'A statement is too long for the server: raise its max_allowed_packet, or lower ETL_BATCH_SIZE.'],
  [
    3159,
    'The server accepts only connections over TLS: set ETL_DATABASE_TLS or MOODLE_DATABASE_TLS, and see docs/security.md.',
  ],
  ...[1290, 1792, 1836].map(
    (errno) =>
      [errno, 'The server refuses writes: check that ETL_DATABASE_URL does not name a replica.'] as const,
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

/** Whether the database cannot be used at the moment: it is down, unreachable, full, or refuses the account. */
export function isDatabaseUnavailable(error: unknown): boolean {
  const { code, errno } = fieldsOf(error);
  return isConnectionLost(error) || ACCESS_DENIED.has(errno) || TLS_FAILED.has(code);
}

/** Whether the error is transient: a retry can succeed. All other errors are permanent. */
export function isTransient(error: unknown): boolean {
  const { errno } = fieldsOf(error);
  return isConnectionLost(error) || isLostLock(error) || INTERRUPTED.has(errno) || NOT_REPLICATED.has(errno);
}

/** Whether the statement was interrupted, usually because it took too long. */
export function isInterrupted(error: unknown): boolean {
  return INTERRUPTED.has(fieldsOf(error).errno);
}

/** Whether a deadlock or a lock wait timeout ended the transaction. It can be retried. */
export function isLostLock(error: unknown): boolean {
  return LOST_A_LOCK.has(fieldsOf(error).errno);
}

/** Whether a unique key refused the row. */
export function isDuplicateKey(error: unknown): boolean {
  return fieldsOf(error).errno === DUPLICATE_KEY;
}

/** Whether a table is missing, as in the warehouse before `migrate` has run. */
export function isTableMissing(error: unknown): boolean {
  return fieldsOf(error).errno === NO_SUCH_TABLE;
}

/** The remedy for a permanent error, if there is a known one. */
export function adviceFor(error: unknown): string | undefined {
  const { code, errno } = fieldsOf(error);
  if (TLS_FAILED.has(code)) {
    return 'The server has no TLS, or its certificate is not trusted: check ETL_DATABASE_TLS and MOODLE_DATABASE_TLS.';
  }
  return ADVICE.get(errno);
}

function isConnectionLost(error: unknown): boolean {
  const { code, errno, fatal } = fieldsOf(error);
  if (NETWORK_CODES.has(code) || UNAVAILABLE_NOW.has(errno)) return true;
  // On a broken connection, mysql2 rejects commands with a fatal error that has no code.
  return fatal && code === '' && !ACCESS_DENIED.has(errno);
}
