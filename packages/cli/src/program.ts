import { userInfo } from 'node:os';
import {
  type ConfigWith,
  clockTime,
  createLogger,
  EtlError,
  loadConfig,
  parseDate,
  RUN_KINDS,
  type RunKind,
} from '@etl/core';
import { askedRun, openQueues, presentStartedRun, startRun } from '@etl/queue';
import {
  openWarehouse,
  presentSchedulerRow,
  schedulerRows,
  statusReport,
  type Warehouse,
} from '@etl/warehouse';
import { Command, Option } from 'commander';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { followRun } from './follow-run.ts';
import { schedulerTable, statusText } from './tables.ts';

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  now: () => Date;
}

type CliConfig = ConfigWith<'ETL_DATABASE_URL'>;

/** Whoever sits at the terminal waits for no statement longer. */
const STATEMENT_SECONDS = 30;

const ABOUT: Record<RunKind, string> = {
  pipeline: 'run all three batches for a date (yesterday where none is given)',
  activity_counts: "count the date's views of each course",
  user_counts: 'count the students and teachers of each course',
  main_etl: "merge the date's counts; both other batches must have completed for it",
};

/** The command line. The function it returns takes the arguments and resolves to the exit code. */
export function buildProgram({ env, now }: Surroundings): (args: string[]) => Promise<number> {
  let exitCode = 0;
  const program = new Command('etl')
    .description('Extracts how much each Moodle course was used, day by day.')
    .exitOverride()
    .showHelpAfterError('(run without an action for help)')
    .argument('[action]')
    .action((action: string | undefined) => {
      if (action !== undefined) program.error(`error: there is no action "${action}"`);
      program.outputHelp();
    });

  for (const kind of RUN_KINDS) {
    program
      .command(kind)
      .description(ABOUT[kind])
      .argument('[date]', 'YYYY-MM-DD')
      .option('--detach', 'return as soon as the run is queued')
      .addOption(jsonOption())
      .action(async (date: string | undefined, options: { detach?: boolean; json?: boolean }) => {
        exitCode = await run(kind, date, options);
      });
  }
  program
    .command('status')
    .description('show the newest run, of a date or of all')
    .argument('[date]', 'YYYY-MM-DD')
    .addOption(jsonOption())
    .action((date: string | undefined, options: { json?: boolean }) =>
      withWarehouse(env, async (warehouse, config) => {
        const asked = date === undefined ? undefined : parseDate(date);
        const report = await statusReport(warehouse, asked, config.ETL_TIMEZONE);
        print(options.json ? body({ data: report }, config) : statusText(report));
      }),
    );
  program
    .command('scheduler_data')
    .description('show the newest rows of log_scheduler')
    .argument('[date]', 'YYYY-MM-DD')
    .option('--limit <rows>', 'rows at most', '20')
    .addOption(jsonOption())
    .action((date: string | undefined, options: { limit: string; json?: boolean }) =>
      withWarehouse(env, async (warehouse, config) => {
        const limit = positive(options.limit, program);
        const asked = date === undefined ? undefined : parseDate(date);
        const rows = await schedulerRows(warehouse, { date: asked, limit, offset: 0 });
        const data = rows.map((row) => presentSchedulerRow(row, config.ETL_TIMEZONE));
        print(options.json ? body({ data, limit, offset: 0 }, config) : schedulerTable(rows));
      }),
    );

  async function run(
    kind: RunKind,
    given: string | undefined,
    { detach, json }: { detach?: boolean; json?: boolean },
  ): Promise<number> {
    return withWarehouse(env, async (warehouse, config) => {
      // What goes wrong is thrown, and told to the person at the terminal: no log beside it.
      const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'cli');
      const queues = openQueues(loadConfig(env, ['REDIS_URL']), log);
      try {
        await queues.waitUntilConnected();
        const asked = askedRun('cli', given, config.ETL_TIMEZONE, now());
        const started = await startRun(
          { warehouse, queues, config, log },
          { kind, ...asked, requestedBy: userName() },
        );
        if (detach) {
          print(
            json
              ? body({ data: presentStartedRun(started) }, config)
              : `Queued: run ${started.runId} of ${started.date}`,
          );
          return 0;
        }
        const ended = await followRun(warehouse, started.runId, json ? 'silent' : 'told');
        if (json) {
          print(body({ data: await statusReport(warehouse, started.date, config.ETL_TIMEZONE) }, config));
        }
        return ended === 'completed' ? EXIT.completed : EXIT.failed;
      } catch (error) {
        if (!json || !(error instanceof EtlError)) throw error;
        print(body({ status: false, error: error.message, code: error.code }, config));
        return exitCodeOf(error);
      } finally {
        await queues.close();
      }
    });
  }

  function body(content: object, config: CliConfig): string {
    return JSON.stringify(
      { status: true, ...content, timestamp: clockTime(now(), config.ETL_TIMEZONE) },
      null,
      2,
    );
  }

  return async (args) => {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  };
}

/** The system's name of whoever asks; its number where the system has no name for it, as in a container. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

function jsonOption(): Option {
  return new Option('--json', 'print what the API would answer');
}

function positive(text: string, program: Command): number {
  if (!/^[1-9]\d{0,4}$/.test(text))
    program.error(`error: --limit takes a whole number from 1 to 99999, not "${text}"`);
  return Number(text);
}

async function withWarehouse<T>(
  env: NodeJS.ProcessEnv,
  use: (warehouse: Warehouse, config: CliConfig) => Promise<T>,
): Promise<T> {
  const config = loadConfig(env, ['ETL_DATABASE_URL']);
  const warehouse = openWarehouse(config, { connections: 2, statementSeconds: STATEMENT_SECONDS });
  try {
    return await use(warehouse, config);
  } finally {
    await warehouse.destroy();
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
