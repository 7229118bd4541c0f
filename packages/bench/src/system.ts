import path from 'node:path';
import {
  freePort,
  type SystemProcess,
  scratchName,
  startProcess,
  waitForOutput,
  waitUntil,
} from '@etl/local-stack';
import { SignJWT } from 'jose';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Stage } from './stage.ts';

const TOKEN = 'a-token-for-the-benchmark';
const SESSION_SECRET = 'a-secret-for-the-sessions-of-the-benchmark';
const JWT_SECRET = 'a-secret-for-the-tokens-of-the-benchmark';

/** A gateway as a process with its default settings. */
export interface BenchGateway {
  gateway: SystemProcess;
  /** Its address without a slash at its end, and that of the API below it. */
  origin: string;
  api: string;
  /** Of an administrator. */
  token: string;
  /** With this token. */
  headers: Record<string, string>;
  /** Of the caller with these claims. */
  headersOf(claims: Record<string, unknown>): Promise<Record<string, string>>;
  close(): Promise<void>;
}

/** A gateway and one worker as processes with their default settings. */
export interface BenchSystem extends BenchGateway {
  worker: SystemProcess;
  /** Sends a `POST` and waits until all merges of its runs have completed. Returns the milliseconds in between. */
  timeRun(path: string, body: object): Promise<number>;
}

/** The interval between two checks of a run's end. It adds half of itself to a time. */
const POLL_MS = 10;

interface SystemDatabases {
  warehouseUrl: string;
  moodleUrl?: string;
}

/** What a gateway needs of the stage: it never reads Moodle. */
type GatewayStage = Pick<Stage, 'stack' | 'folder'> & Partial<Pick<Stage, 'moodleUrl'>>;

export async function startGateway(stage: GatewayStage, databases: SystemDatabases): Promise<BenchGateway> {
  return gatewayWith(stage, await environmentOf(stage, databases));
}

async function environmentOf(
  stage: GatewayStage,
  { warehouseUrl, moodleUrl = stage.moodleUrl ?? 'mysql://unused@localhost/none' }: SystemDatabases,
) {
  return {
    NODE_ENV: 'production',
    PORT: String(await freePort()),
    ETL_DATABASE_URL: warehouseUrl,
    MOODLE_DATABASE_URL: moodleUrl,
    REDIS_URL: stage.stack.redisUrl,
    ETL_QUEUE_PREFIX: `{${scratchName('bench')}}`,
    ETL_WEBHOOK_TOKENS: `bench:${TOKEN}`,
    ETL_JWT_SECRET: JWT_SECRET,
    ETL_ADMIN_ROLES: 'etl-admin',
    ETL_SESSION_SECRET: SESSION_SECRET,
    BULL_BOARD_USER: 'bench',
    BULL_BOARD_PASSWORD: TOKEN,
    ETL_SCHEDULE: 'off',
    // The rate limit would refuse most of the measured requests.
    ETL_RATE_LIMIT: 'off',
    ETL_LOG_LEVEL: 'info',
  };
}

type Environment = Awaited<ReturnType<typeof environmentOf>>;

async function startOne(
  { folder }: GatewayStage,
  name: 'gateway' | 'worker',
  env: Environment,
  when: string,
) {
  const started = startProcess(name, { env, logFile: path.join(folder, `${name}.log`) });
  await waitForOutput(started, when);
  return started;
}

async function gatewayWith(stage: GatewayStage, env: Environment): Promise<BenchGateway> {
  const gateway = await startOne(stage, 'gateway', env, 'Server listening');
  const headersWith = (token: string) => ({
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  });
  const origin = `http://127.0.0.1:${env.PORT}`;
  return {
    gateway,
    origin,
    api: `${origin}/api/user_activity_etl`,
    token: TOKEN,
    headers: headersWith(TOKEN),
    headersOf: async (claims) =>
      headersWith(
        await new SignJWT({ username: 'bench', ...claims })
          .setProtectedHeader({ alg: 'HS256' })
          .setExpirationTime('24h')
          .sign(new TextEncoder().encode(JWT_SECRET)),
      ),
    close: async () => void (await gateway.end('SIGTERM')),
  };
}

export async function startSystem(stage: Stage, databases: SystemDatabases): Promise<BenchSystem> {
  const env = await environmentOf(stage, databases);
  const { warehouseUrl } = databases;
  const started = await gatewayWith(stage, env);
  const { api, headers } = started;
  const worker = await startOne(stage, 'worker', env, 'worker started');
  const connection = await createConnection(warehouseUrl);
  const merges = async (after: number) => {
    const [rows] = await connection.query<RowDataPacket[]>(
      "SELECT status, COUNT(*) AS runs FROM log_scheduler WHERE id > ? AND batch_name = 'main_etl' GROUP BY status",
      [after],
    );
    return new Map(rows.map(({ status, runs }) => [status as number, Number(runs)]));
  };
  return {
    ...started,
    worker,
    timeRun: async (path, body) => {
      const [newest] = await connection.query<RowDataPacket[]>(
        'SELECT COALESCE(MAX(id), 0) AS id FROM log_scheduler',
      );
      const after = Number(newest[0]?.id);
      const began = performance.now();
      const response = await fetch(`${api}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (response.status !== 202) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      await waitUntil(
        async () => {
          const byStatus = await merges(after);
          if (byStatus.has(3)) throw new Error(`A run failed; see ${stage.folder}`);
          return byStatus.size === 1 && byStatus.has(1);
        },
        'the runs to complete',
        { seconds: 600, everyMs: POLL_MS },
      );
      return performance.now() - began;
    },
    close: async () => {
      await Promise.all([started.close(), worker.end('SIGTERM')]);
      await connection.end();
    },
  };
}
