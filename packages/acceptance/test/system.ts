import path from 'node:path';
import {
  createMoodleTables,
  type DayTables,
  documentedTables as documentedTablesOf,
  fillSampleMoodle,
  freePort,
  loadedTables as loadedTablesOf,
  type Machine,
  runProcess,
  SAMPLE_DEFAULTS,
  type SampleOptions,
  type SystemProcess,
  scratchDatabase,
  scratchFolder,
  scratchName,
  startProcess,
  waitForOutput,
  waitUntil,
  withConnection,
} from '@etl/local-stack';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';

export const TOKEN = 'test-token-of-16-and-more';

export interface Servers {
  /** The address of the warehouse's server for an administrator. */
  mysqlUrl: string;
  redisUrl: string;
  /** The same for the source's server, if that is another one. */
  sourceMysqlUrl?: string;
}

/** The whole system as processes, on its own databases. */
export interface System {
  env: Record<string, string>;
  sourceUrl: string;
  warehouseUrl: string;
  /** A folder outside the repository, where a developer may have an .env file. */
  folder: string;
  /** The address of the API without a slash at its end. */
  api: string;
  startGateway(): Promise<SystemProcess>;
  /** `env` adds to the system's environment. With `within` the worker runs on that machine. */
  startWorker(env?: Record<string, string>, within?: Machine): Promise<SystemProcess>;
  /** Runs the command to its end. */
  etl(...args: string[]): Promise<{ code: number | null; output: string }>;
  /** Calls the API. */
  call<Body = Record<string, unknown>>(
    path: string,
    init?: RequestInit,
  ): Promise<{ code: number; body: Body }>;
  /** Rows of a query on the warehouse. */
  rows(sql: string, values?: unknown[]): Promise<RowDataPacket[]>;
  /** Waits for the end of a date's newest run. Returns its status. */
  runEnd(date: string): Promise<string>;
  close(): Promise<void>;
}

export const SMALL_SAMPLE: SampleOptions = {
  ...SAMPLE_DEFAULTS,
  courses: 40,
  rowsPerDay: 1500,
  timeZone: 'UTC',
};

/** Prepares the databases (a sample Moodle, or empty Moodle tables) and the environment. No process runs yet. */
export async function openSystem(
  servers: Servers,
  options: {
    sample?: SampleOptions | 'empty';
    env?: Record<string, string>;
    /** Fills the warehouse before it is migrated. */
    leftBehind?: (connection: Connection, sourceUrl: string) => Promise<unknown>;
  } = {},
): Promise<System> {
  const { sample = SMALL_SAMPLE, leftBehind } = options;
  const source = await scratchDatabase(servers.sourceMysqlUrl ?? servers.mysqlUrl, 'moodle');
  const warehouse = await scratchDatabase(servers.mysqlUrl, 'celoeapi');
  const folder = scratchFolder();
  await withConnection(source.value, async (connection) => {
    if (sample === 'empty') await createMoodleTables(connection, 'mdl_');
    else await fillSampleMoodle(connection, sample);
  });
  if (leftBehind) await withConnection(warehouse.value, (connection) => leftBehind(connection, source.value));
  const port = await freePort();
  const env: Record<string, string> = {
    PORT: String(port),
    ETL_DATABASE_URL: warehouse.value,
    MOODLE_DATABASE_URL: source.value,
    REDIS_URL: servers.redisUrl,
    ETL_QUEUE_PREFIX: `{${scratchName('etl')}}`,
    ETL_WEBHOOK_TOKENS: `test:${TOKEN}`,
    // A short lease, so that a dead worker is noticed soon.
    ETL_LEASE_SECONDS: '2',
    // The sample's days are years old: the schedule has nothing to run.
    ETL_SCHEDULE: 'off',
    // Tests send more requests than the limit allows.
    ETL_RATE_LIMIT: 'off',
    BULL_BOARD_USER: 'operator',
    BULL_BOARD_PASSWORD: 'board-password',
    ...options.env,
  };
  const logFile = (name: string) => path.join(folder.value, `${scratchName(name)}.log`);
  const migrated = await runProcess('migrate', { env, logFile: logFile('migrate') });
  if (migrated.code !== 0) throw new Error(migrated.output);

  const running: SystemProcess[] = [];
  const started = async (process: SystemProcess, when: string) => {
    running.push(process);
    await waitForOutput(process, when);
    return process;
  };
  const api = `http://127.0.0.1:${port}/api/user_activity_etl`;
  const system: System = {
    env,
    sourceUrl: source.value,
    warehouseUrl: warehouse.value,
    folder: folder.value,
    api,
    startGateway: () =>
      started(startProcess('gateway', { env, logFile: logFile('gateway') }), 'Server listening'),
    startWorker: (more, within) =>
      started(
        startProcess('worker', { env: { ...env, ...more }, logFile: logFile('worker'), within }),
        'worker started',
      ),
    etl: (...args) => runProcess('etl', { env, logFile: logFile('etl'), args }),
    call: async (path, init = {}) => {
      const response = await fetch(`${api}/${path}`, {
        ...init,
        headers: {
          authorization: `Bearer ${TOKEN}`,
          ...(init.body ? { 'content-type': 'application/json' } : {}),
          ...init.headers,
        },
      });
      return { code: response.status, body: (await response.json()) as never };
    },
    rows: (sql, values = []) =>
      withConnection(warehouse.value, async (connection) => {
        const [rows] = await connection.query<RowDataPacket[]>(sql, values);
        return rows;
      }),
    runEnd: async (date) => {
      let status = '';
      await waitUntil(async () => {
        const { body } = await system.call<{ data: { etl_status: string } }>(`status?date=${date}`);
        status = body.data.etl_status;
        return status === 'completed' || status === 'failed';
      }, `the run of ${date} to end`);
      return status;
    },
    close: async () => {
      await Promise.all(running.map((process) => process.end('SIGKILL')));
      await source.remove();
      await warehouse.remove();
      await folder.remove();
    },
  };
  return system;
}

/** Locks Moodle's log, so that a batch hangs in its statement until `release`. */
export interface LogLock {
  hold(): Promise<void>;
  release(): Promise<void>;
  close(): Promise<void>;
}

export async function openLogLock(system: System): Promise<LogLock> {
  const connection = await createConnection(system.sourceUrl);
  return {
    hold: async () => void (await connection.query('LOCK TABLES mdl_logstore_standard_log WRITE')),
    release: async () => void (await connection.query('UNLOCK TABLES')),
    close: () => connection.end(),
  };
}

/** `POST` with a JSON body. */
export function post(body: object): RequestInit {
  return { method: 'POST', body: JSON.stringify(body) };
}

/** The loaded tables of a date, without columns in which two runs of the same data differ. */
export async function loadedTables(system: System, date: string): Promise<DayTables> {
  return withConnection(system.warehouseUrl, (connection) =>
    loadedTablesOf(connection, new URL(system.warehouseUrl).pathname.slice(1), date),
  );
}

/** The result of the documented SQL for a date of the source, in a zone with this offset from UTC. */
export async function documentedTables(system: System, date: string, offset = '+00:00'): Promise<DayTables> {
  const start = Date.parse(`${date}T00:00:00${offset}`) / 1000;
  const day = { date, timeZone: offset, start, end: start + 86_400 };
  return withConnection(system.sourceUrl, (connection) =>
    documentedTablesOf(connection, new URL(system.sourceUrl).pathname.slice(1), day),
  );
}
