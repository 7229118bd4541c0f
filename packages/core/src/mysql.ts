import { CompiledQuery, type DatabaseConnection, Kysely, MysqlDialect } from 'kysely';
import { createConnection, createPool, escape as escapeValue, format } from 'mysql2';
import type { Tls } from './config/values.ts';
import { isInterrupted } from './database-errors.ts';
import { traceStatements } from './statement-spans.ts';

export interface MysqlOptions {
  /** `mysql://user:password@host:port/database`. */
  url: string;
  /** No TLS by default. */
  tls?: Tls;
  /** Connections at most. A caller waits for a free one without a time limit. */
  connections: number;
  /**
   * Seconds after which the server ends a statement (MySQL: reads only). Two seconds later the caller gets an error,
   * even if server or network do not respond. 0 for no limit.
   */
  statementSeconds: number;
  /** The server refuses every write of these sessions. */
  readOnly?: boolean;
  /**
   * Seconds without a statement after which the server ends a session, so that a suspended process does not keep its
   * locks. The pool closes idle connections before that. By default the server's own setting holds.
   */
  silenceSeconds?: number;
}

/** UTC, in the driver's words. */
const TIME_ZONE = 'Z';

/** Enough for a distant server, and short enough that a caller of the API gets its 503 before its own timeout. */
const CONNECT_TIMEOUT_MS = 3000;

/** The process notices within minutes, not hours, that a firewall has dropped a connection. */
const KEEP_ALIVE_DELAY_MS = 10_000;

/** The client waits this much longer than the server's limit, so that the server's own error usually comes first. */
const GRACE_SECONDS = 2;

/**
 * The SQL modes that this code requires. They replace the server's own setting: values are not truncated silently,
 * and no mode changes the meaning of our SQL (ANSI_QUOTES, NO_BACKSLASH_ESCAPES).
 */
const SQL_MODE = 'ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

const UNKNOWN_SYSTEM_VARIABLE = 1193;

/**
 * Opens a pool with sessions in UTC. It connects at the first query; `destroy()` closes it. Dates, times and DECIMAL
 * arrive as text, BIGINT as a number or, beyond 2^53, as text, so no value changes on its way.
 */
export function openMysql<Tables>(options: MysqlOptions): Kysely<Tables> {
  // Created on demand: Kysely does not close an unused pool, whose timer would keep the process alive.
  const pool = async () =>
    createPool({
      uri: options.url,
      connectionLimit: options.connections,
      connectTimeout: CONNECT_TIMEOUT_MS,
      timezone: TIME_ZONE,
      dateStrings: true,
      supportBigNumbers: true,
      queryFormat: withParameters,
      ...(options.tls && { ssl: { ...options.tls, verifyIdentity: true } }),
      enableKeepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      ...(options.silenceSeconds && {
        idleTimeout: (options.silenceSeconds * 1000) / 2,
        // The pool closes idle connections only if `maxIdle` is below the limit.
        maxIdle: options.connections - 1,
      }),
    });
  return new Kysely<Tables>({
    dialect: new MysqlDialect({
      pool,
      // A cancellation must not wait for the pool: the statements to be cancelled hold its connections.
      controlConnection: createConnection,
      onCreateConnection: async (connection) => {
        // A cancellation needs the id of the session.
        await connection.collectSessionInfo?.();
        finishCancelling(connection);
        if (options.statementSeconds > 0) limitWaiting(connection, options.statementSeconds);
        try {
          await prepareSession(connection, options);
        } catch (error) {
          // Otherwise the pool counts the connection as in use for ever.
          await endSession(connection);
          throw error;
        }
        // Last: the statements above belong to no trace.
        traceStatements(connection, options.url);
      },
    }),
  });
}

async function prepareSession(connection: DatabaseConnection, options: MysqlOptions): Promise<void> {
  const run = (sql: string) => connection.executeQuery(CompiledQuery.raw(sql));
  await run(`SET time_zone = '+00:00', sql_mode = '${SQL_MODE}'`);
  if (options.readOnly) await run('SET SESSION TRANSACTION READ ONLY');
  if (options.silenceSeconds) {
    const seconds = options.silenceSeconds;
    await run(`SET SESSION wait_timeout = ${seconds}, net_read_timeout = ${seconds}`);
  }
  if (options.statementSeconds > 0) await limitStatements(run, options.statementSeconds);
}

/**
 * Delays the next statement until a cancelled one has ended. Kysely rejects the caller's promise at once, and the
 * caller's rollback would otherwise become the statement that Kysely cancels. The error of a cancelled statement is
 * dropped: its caller no longer waits, and Kysely would print it.
 */
function finishCancelling(connection: DatabaseConnection): void {
  let cancelling: Promise<void> | undefined;
  let running: symbol | undefined;
  let cancelled: symbol | undefined;
  for (const name of ['cancelQuery', 'killSession'] as const) {
    const cancel = connection[name]?.bind(connection);
    if (!cancel) continue;
    connection[name] = (provider) => {
      cancelled = running;
      const ended = cancel(provider);
      cancelling = ended
        .catch(() => {})
        .finally(() => {
          cancelling = undefined;
        });
      return ended;
    };
  }
  const execute = connection.executeQuery.bind(connection);
  connection.executeQuery = async (query, options) => {
    if (cancelling) await cancelling;
    const statement = Symbol();
    running = statement;
    try {
      return await execute<never>(query, options);
    } catch (error) {
      if (cancelled === statement && isInterrupted(error)) return { rows: [] };
      throw error;
    }
  };
}

/** Ends a session if the server does not answer in time. The statement fails like one of a lost connection. */
function limitWaiting(connection: DatabaseConnection, statementSeconds: number): void {
  const seconds = statementSeconds + GRACE_SECONDS;
  const execute = connection.executeQuery.bind(connection);
  connection.executeQuery = async (query, options) => {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          Object.assign(new Error(`No answer from the database for ${seconds} s`), { code: 'ETIMEDOUT' }),
        );
        void endSession(connection);
      }, seconds * 1000);
    });
    try {
      return await Promise.race([execute<never>(query, options), timeout]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Closes a connection at once, and tries to end its statement on the server. */
async function endSession(connection: DatabaseConnection): Promise<void> {
  const withoutPool = () => Promise.reject(new Error('There is a control connection'));
  await connection.killSession?.(withoutPool).catch(() => {});
}

/** MariaDB has a limit in seconds, MySQL one in milliseconds under another name. Older servers have none. */
async function limitStatements(run: (sql: string) => Promise<unknown>, seconds: number): Promise<void> {
  for (const setting of [`max_statement_time = ${seconds}`, `max_execution_time = ${seconds * 1000}`]) {
    try {
      await run(`SET SESSION ${setting}`);
      return;
    } catch (error) {
      if ((error as { errno?: number }).errno !== UNKNOWN_SYSTEM_VARIABLE) throw error;
    }
  }
}

/** Without parameters there are no placeholders: the driver would search a load's megabytes for them. */
function withParameters(statement: string, parameters: Parameters<typeof format>[1]): string {
  const hasNone = parameters === undefined || (Array.isArray(parameters) && parameters.length === 0);
  return hasNone ? statement : format(statement, parameters, false, TIME_ZONE);
}

/**
 * A value as SQL text, by the driver's own rules. They hold in every session of `openMysql`: its SQL mode keeps the
 * backslash an escape character.
 */
export function sqlLiteral(value: string | number | null): string {
  return typeof value === 'number' ? String(value) : escapeValue(value);
}
