import { CompiledQuery, type DatabaseConnection, Kysely, MysqlDialect } from 'kysely';
import { createConnection, createPool } from 'mysql2';
import type { Tls } from './config/values.ts';
import { isInterrupted } from './database-errors.ts';
import { traceStatements } from './statement-spans.ts';

export interface MysqlOptions {
  /** `mysql://user:password@host:port/database`. */
  url: string;
  /** How the server is spoken to; in the clear where it is not given. */
  tls?: Tls;
  /** Connections at most; those that wait for one wait without a limit. */
  connections: number;
  /**
   * Seconds after which the server ends a statement (MySQL: reads only), and a little later we stop waiting for it, should the
   * server or the way to it have fallen silent. 0 for no limit.
   */
  statementSeconds: number;
  /** The server refuses every write of these sessions. */
  readOnly?: boolean;
  /**
   * Seconds of silence after which the server ends a session, and with it a transaction whose process is stopped while it holds
   * locks. Unused connections are closed long before. The server's own setting where it is not given.
   */
  silenceSeconds?: number;
}

/**
 * Long enough for a far server, short enough that a caller of the API gets its 503 while it still listens.
 */
const CONNECT_TIMEOUT_MS = 3000;

/** A connection that a firewall has dropped in silence is found out within minutes, not hours. */
const KEEP_ALIVE_DELAY_MS = 10_000;

/** How much longer than the server's own limit we wait: its answer that the limit was reached should come first. */
const GRACE_SECONDS = 2;

/**
 * The modes this code is written for, whatever the server's own setting: nothing is truncated or rounded in silence, and no
 * mode changes what our SQL means (ANSI_QUOTES, NO_BACKSLASH_ESCAPES).
 */
const SQL_MODE = 'ONLY_FULL_GROUP_BY,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

const UNKNOWN_SYSTEM_VARIABLE = 1193;

/**
 * Opens a pool with sessions in UTC. Dates and times arrive as text, DECIMAL as text, BIGINT as a number or, beyond
 * 2^53, as text: no value is changed on its way. Nothing is connected until the first query. Close with `destroy()`.
 */
export function openMysql<Tables>(options: MysqlOptions): Kysely<Tables> {
  // Only when it is needed: one that was never used is not closed either, and its timer would keep the process alive.
  const pool = async () =>
    createPool({
      uri: options.url,
      connectionLimit: options.connections,
      connectTimeout: CONNECT_TIMEOUT_MS,
      timezone: 'Z',
      dateStrings: true,
      supportBigNumbers: true,
      ...(options.tls && { ssl: { ...options.tls, verifyIdentity: true } }),
      enableKeepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_DELAY_MS,
      ...(options.silenceSeconds && {
        idleTimeout: (options.silenceSeconds * 1000) / 2,
        // The pool looks for idle connections only where it may keep fewer than it has.
        maxIdle: options.connections - 1,
      }),
    });
  return new Kysely<Tables>({
    dialect: new MysqlDialect({
      pool,
      // Cancelling must not wait for a free connection of the pool: the statements to be cancelled hold them.
      controlConnection: createConnection,
      onCreateConnection: async (connection) => {
        // Whom to end, should it come to that: not known by itself.
        await connection.collectSessionInfo?.();
        finishCancelling(connection);
        if (options.statementSeconds > 0) limitWaiting(connection, options.statementSeconds);
        try {
          await prepareSession(connection, options);
        } catch (error) {
          // The pool would count it as in use for ever.
          await endSession(connection);
          throw error;
        }
        // Last: how a session is prepared is no work of anybody's.
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
 * Lets a statement that is being cancelled end before the next one is sent. The caller is told at once, and would roll its
 * transaction back: Kysely takes that for the statement to be cancelled, and leaves the one that runs alone. That the statement was
 * interrupted is then no error: its caller has gone, and Kysely would print it.
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

/** Ends a session whose server has not answered in time. Its statement fails as one of a lost connection. */
function limitWaiting(connection: DatabaseConnection, statementSeconds: number): void {
  const seconds = statementSeconds + GRACE_SECONDS;
  const execute = connection.executeQuery.bind(connection);
  connection.executeQuery = async (query, options) => {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(
          Object.assign(new Error(`No answer from the database for ${seconds} s`), { code: 'ETIMEDOUT' }),
        );
        void endSession(connection);
      }, seconds * 1000);
    });
    try {
      return await Promise.race([execute<never>(query, options), silence]);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Closes a connection at once, and asks the server, should it hear us, to end what still runs there. */
async function endSession(connection: DatabaseConnection): Promise<void> {
  const withoutPool = () => Promise.reject(new Error('There is a control connection'));
  await connection.killSession?.(withoutPool).catch(() => {});
}

/** MariaDB counts seconds and MySQL milliseconds, under different names; servers older than either have no limit. */
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
