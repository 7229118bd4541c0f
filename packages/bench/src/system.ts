import path from 'node:path';
import {
  freePort,
  type SystemProcess,
  scratchName,
  startProcess,
  waitForOutput,
  waitUntil,
} from '@etl/local-stack';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import type { Stage } from './stage.ts';

const TOKEN = 'a-token-for-the-benchmark';

/** A gateway and one worker as processes with their default settings. */
export interface BenchSystem {
  worker: SystemProcess;
  gateway: SystemProcess;
  /** The address of the API without a slash at its end. */
  api: string;
  headers: Record<string, string>;
  /** Sends a `POST` and waits until all merges of its runs have completed. Returns the milliseconds in between. */
  timeRun(path: string, body: object): Promise<number>;
  close(): Promise<void>;
}

/** The interval between two checks of a run's end. It adds half of itself to a time. */
const POLL_MS = 10;

export async function startSystem(
  stage: Stage,
  { warehouseUrl, moodleUrl = stage.moodleUrl }: { warehouseUrl: string; moodleUrl?: string },
): Promise<BenchSystem> {
  const port = await freePort();
  const env = {
    NODE_ENV: 'production',
    PORT: String(port),
    ETL_DATABASE_URL: warehouseUrl,
    MOODLE_DATABASE_URL: moodleUrl,
    REDIS_URL: stage.stack.redisUrl,
    ETL_QUEUE_PREFIX: `{${scratchName('bench')}}`,
    ETL_WEBHOOK_TOKENS: `bench:${TOKEN}`,
    BULL_BOARD_USER: 'bench',
    BULL_BOARD_PASSWORD: TOKEN,
    ETL_SCHEDULE: 'off',
    // The rate limit would refuse most of the measured requests.
    ETL_RATE_LIMIT: 'off',
    ETL_LOG_LEVEL: 'info',
  };
  const start = async (name: 'gateway' | 'worker', when: string) => {
    const started = startProcess(name, { env, logFile: path.join(stage.folder, `${name}.log`) });
    await waitForOutput(started, when);
    return started;
  };
  const gateway = await start('gateway', 'Server listening');
  const worker = await start('worker', 'worker started');
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const api = `http://127.0.0.1:${port}/api/user_activity_etl`;
  const connection = await createConnection(warehouseUrl);
  const merges = async (after: number) => {
    const [rows] = await connection.query<RowDataPacket[]>(
      "SELECT status, COUNT(*) AS runs FROM log_scheduler WHERE id > ? AND batch_name = 'main_etl' GROUP BY status",
      [after],
    );
    return new Map(rows.map(({ status, runs }) => [status as number, Number(runs)]));
  };
  return {
    worker,
    gateway,
    api,
    headers,
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
      await Promise.all([gateway.end('SIGTERM'), worker.end('SIGTERM')]);
      await connection.end();
    },
  };
}
