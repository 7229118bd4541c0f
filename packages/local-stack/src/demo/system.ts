import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { createAccount, createDatabase, dropDatabase, withConnection } from '../databases.ts';
import { runProcess, type SystemProcess, startProcess, waitForOutput } from '../processes.ts';
import {
  addSampleDates,
  fillSampleMoodle,
  holdsSampleMoodle,
  moveSampleTo,
} from '../sample-moodle/sample-moodle.ts';
import type { LocalStack } from '../stack.ts';
import type { DemoOptions } from './options.ts';

/** The tokens of the documentation's examples. Production refuses them; only this machine can reach the demo. */
export const DEMO_TOKEN = 'your-webhook-token';
const TOKENS = `demo:${DEMO_TOKEN},documentation:token`;

const WAREHOUSE = 'demo_celoeapi';

/** The demo's databases, filled, and the environment of its processes. */
export interface PreparedDemo {
  env: Record<string, string>;
  /** Brings the sample Moodle to the end of a date. */
  moveTo(date: string): Promise<void>;
}

/** Fills the demo's databases. */
export async function prepareDemo(
  stack: LocalStack,
  options: Omit<DemoOptions, 'port'> & { port: number; say: (line: string) => void },
): Promise<PreparedDemo> {
  const { folder, host, port, sample, furtherDates, suppressBelow, say } = options;
  const sourceAdmin = await createDatabase(stack.mysqlUrl, 'demo_moodle');
  await withConnection(sourceAdmin, async (connection) => {
    if (await holdsSampleMoodle(connection, sample)) say('Sample Moodle: kept from last time');
    else {
      say('Filling a sample Moodle …');
      // First, because its figures are those of another Moodle.
      await dropDatabase(stack.mysqlUrl, WAREHOUSE);
      await fillSampleMoodle(connection, sample);
      say(`Sample Moodle: ${sample.courses} courses, log of ${sample.term.from} to ${sample.term.to}`);
    }
    await addSampleDates(connection, sample, furtherDates);
  });
  await createDatabase(stack.mysqlUrl, WAREHOUSE);
  const account = (user: string, rights: string, database: string) =>
    createAccount(stack.mysqlUrl, { user, password: randomBytes(12).toString('hex'), rights, database });

  const env = {
    PORT: String(port),
    HOST: host,
    ETL_DATABASE_URL: await account('demo_etl', 'ALL PRIVILEGES', WAREHOUSE),
    // The system only ever reads a Moodle.
    MOODLE_DATABASE_URL: await account('demo_reader', 'SELECT', 'demo_moodle'),
    MOODLE_TABLE_PREFIX: sample.prefix,
    REDIS_URL: stack.redisUrl,
    // Other software may use the same Redis.
    ETL_QUEUE_PREFIX: '{demo}',
    ETL_TIMEZONE: sample.timeZone,
    // The sample's days are years old: the schedule has nothing to run.
    ETL_SCHEDULE: 'off',
    ETL_SUPPRESS_BELOW: String(suppressBelow),
    ETL_WEBHOOK_TOKENS: TOKENS,
    // Sessions end with the demo.
    ETL_SESSION_SECRET: randomBytes(32).toString('hex'),
    BULL_BOARD_USER: 'admin',
    BULL_BOARD_PASSWORD: 'demo',
  };
  const migrated = await runProcess('migrate', { env, logFile: path.join(folder, 'migrate.log') });
  if (migrated.code !== 0) throw new Error(`The migrations failed:\n${migrated.output}`);
  return {
    env,
    moveTo: (date) => withConnection(sourceAdmin, (connection) => moveSampleTo(connection, sample, date)),
  };
}

/** Starts the gateway and two workers. Returns a function that stops them. */
export async function startDemoProcesses(
  folder: string,
  env: Record<string, string>,
): Promise<() => Promise<void>> {
  const start = (name: 'gateway' | 'worker', log: string) =>
    startProcess(name, { env, logFile: path.join(folder, log) });
  const gateway = start('gateway', 'gateway.log');
  const workers = [start('worker', 'worker-1.log'), start('worker', 'worker-2.log')];
  const stop = async () => {
    await Promise.all([gateway, ...workers].map((running: SystemProcess) => running.end('SIGTERM')));
  };
  try {
    await waitForOutput(gateway, 'Server listening');
    await Promise.all(workers.map((worker) => waitForOutput(worker, 'worker started')));
    return stop;
  } catch (error) {
    await stop();
    throw error;
  }
}
