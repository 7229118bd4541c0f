import { userInfo } from 'node:os';
import {
  type ConfigWith,
  clockTime,
  createLogger,
  loadConfig,
  nextScheduledRun,
  startTracing,
} from '@etl/core';
import { openQueues, type RunControl } from '@etl/queue';
import { openWarehouse, type ReportClocks, type Warehouse } from '@etl/warehouse';

/** What the command finds around it. */
export interface CommandContext {
  env: NodeJS.ProcessEnv;
  now: () => Date;
}

export type CliConfig = ConfigWith<'ETL_DATABASE_URL'>;

/** Whoever sits at the terminal waits for no statement longer. */
const STATEMENT_SECONDS = 30;

/** A command that is stopped (Ctrl-Z) in the middle of a transaction must not keep its locks. */
const SILENCE_SECONDS = 30;

/** Opens the ETL database for a command, and closes it again. */
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

/** Opens what starting and changing runs needs, and closes it again. */
export async function withRunControl<T>(
  context: CommandContext,
  use: (control: RunControl & { config: CliConfig }) => Promise<T>,
): Promise<T> {
  return withWarehouse(context, async (warehouse, config) => {
    // What goes wrong is thrown, and told to the person at the terminal: no log beside it.
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

/** The system's name of whoever asks; its number where the system has no name for it, as in a container. */
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

/** What the API would answer, for programs. */
export function printBody(content: object, config: CliConfig, { now }: CommandContext): void {
  print(
    JSON.stringify({ status: true, ...content, timestamp: clockTime(now(), config.ETL_TIMEZONE) }, null, 2),
  );
}
