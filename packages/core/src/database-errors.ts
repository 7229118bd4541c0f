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

/** The server answers, but not to us, or not now: too many connections, shutting down, connection killed. */
const UNAVAILABLE_NOW = new Set([1040, 1053, 1077, 1152, 1184, 1203, 1927]);

/** The server will not let this account in, or does not have the database. */
const NOT_LET_IN = new Set([1044, 1045, 1049, 1698]);

/** Lock wait time-out and deadlock: the loser's transaction is rolled back and can simply be tried again. */
const LOST_A_LOCK = new Set([1205, 1213]);

/** A statement ended from outside: killed, or over its time limit (MySQL 3024, MariaDB 1969). */
const INTERRUPTED = new Set([1317, 1969, 3024]);

const DUPLICATE_KEY = 1062;
const NO_SUCH_TABLE = 1146;

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
  const { errno } = fieldsOf(error);
  return isConnectionLost(error) || NOT_LET_IN.has(errno);
}

/** Trying the same again later may well succeed. Anything else is a fault that a retry cannot mend. */
export function isPassing(error: unknown): boolean {
  const { errno } = fieldsOf(error);
  return isConnectionLost(error) || isLostLock(error) || INTERRUPTED.has(errno);
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

function isConnectionLost(error: unknown): boolean {
  const { code, errno, fatal } = fieldsOf(error);
  if (NETWORK_CODES.has(code) || UNAVAILABLE_NOW.has(errno)) return true;
  // mysql2 refuses a command on a connection that broke before with a fatal error that has no code.
  return fatal && code === '' && !NOT_LET_IN.has(errno);
}
