import { userInfo } from 'node:os';
import {
  type ConfigWith,
  clockTime,
  createLogger,
  EtlError,
  loadConfig,
  nextScheduledRun,
  startTracing,
} from '@etl/core';
import { openQueues, type RunControl } from '@etl/queue';
import { openWarehouse, type ReportClocks, type Warehouse } from '@etl/warehouse';
import { exitCodeOf } from './exit-codes.ts';

/** What a command takes from its process. */
export interface CommandContext {
  env: NodeJS.ProcessEnv;
  now: () => Date;
}

export type CliConfig = ConfigWith<'ETL_DATABASE_URL'>;

/** A person waits at the terminal. */
const STATEMENT_SECONDS = 30;

/** A command that is suspended (Ctrl-Z) during a transaction must not keep its locks. */
const SILENCE_SECONDS = 30;

/** Opens the warehouse for a command, and closes it afterwards. */
export async function withWarehouse<T>(
  { env }: CommandContext,
  use: (warehouse: Warehouse, config: CliConfig) => Promise<T>,
): Promise<T> {
  const config = loadConfig(env, ['ETL_DATABASE_URL']);
  const warehouse = openWarehouse(config, {
    connections: 2,
    statementSeconds: STATEMENT_SECONDS,
    silenceSeconds: SILENCE_SECONDS,
  });
  try {
    return await use(warehouse, config);
  } finally {
    await warehouse.destroy();
  }
}

/** Opens the warehouse and the queue for a command that starts or changes runs, and closes them afterwards. */
export async function withRunControl<T>(
  context: CommandContext,
  use: (control: RunControl & { config: CliConfig }) => Promise<T>,
): Promise<T> {
  return withWarehouse(context, async (warehouse, config) => {
    // Errors are thrown and printed at the terminal. A log would repeat them.
    const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'cli');
    const tracing = await startTracing(config, 'etl-cli', log);
    const queues = openQueues(loadConfig(context.env, ['REDIS_URL']), log);
    try {
      return await use({ warehouse, queues, config, log, now: context.now });
    } finally {
      await queues.close();
      await tracing.stop();
    }
  });
}

/** The name of the user at the terminal; the user's number if the system knows no name, as in a container. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

export function clocksOf(config: CliConfig, { now }: CommandContext): ReportClocks {
  return { timeZone: config.ETL_TIMEZONE, nextRunAt: nextScheduledRun(config, now()) };
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints a body as the API answers it, for programs. */
export function printBody(content: object, config: CliConfig, { now }: CommandContext): void {
  print(
    JSON.stringify({ status: true, ...content, timestamp: clockTime(now(), config.ETL_TIMEZONE) }, null, 2),
  );
}

/** Runs an action. With --json, prints an error as the API answers it. Returns the exit code. */
export async function orErrorBody(
  json: boolean | undefined,
  config: CliConfig,
  context: CommandContext,
  action: () => Promise<number>,
): Promise<number> {
  try {
    return await action();
  } catch (error) {
    if (!json || !(error instanceof EtlError)) throw error;
    const { code, message, details } = error;
    printBody({ status: false, error: message, code, ...(details && { details }) }, config, context);
    return exitCodeOf(error);
  }
}
