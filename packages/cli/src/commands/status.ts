import { BATCHES, type Batch, parseDate, SCHEDULER_STATUS, type SchedulerStatus } from '@etl/core';
import { MOST_SCHEDULER_ROWS, presentSchedulerRow, schedulerRows, statusReport } from '@etl/warehouse';
import { type Command, Option } from 'commander';
import { type CommandContext, clocksOf, print, printBody, withWarehouse } from '../command-context.ts';
import { schedulerTable, statusText } from '../tables.ts';

const CODES = Object.values(SCHEDULER_STATUS).toSorted().map(String);

interface SchedulerOptions {
  batch?: Batch;
  status?: string;
  limit: string;
  json?: boolean;
}

/** The commands that only read: `status` and `scheduler_data`. */
export function statusCommands(program: Command, context: CommandContext): void {
  const json = () => new Option('--json', 'print the answer of the API');
  program
    .command('status')
    .description('show the newest run of a date, or of all dates')
    .argument('[date]', 'YYYY-MM-DD')
    .addOption(json())
    .action((date: string | undefined, options: { json?: boolean }) =>
      withWarehouse(context, async (warehouse, config) => {
        const wanted = date === undefined ? undefined : parseDate(date);
        const report = await statusReport(warehouse, wanted, clocksOf(config, context));
        if (options.json) printBody({ data: report }, config, context);
        else print(statusText(report));
      }),
    );
  program
    .command('scheduler_data')
    .description('show the newest rows of log_scheduler')
    .argument('[date]', 'YYYY-MM-DD')
    .addOption(new Option('--batch <name>', 'only this batch').choices(BATCHES))
    .addOption(new Option('--status <code>', '1 finished, 2 in progress, 3 failed, 4 queued').choices(CODES))
    .option('--limit <rows>', `at most ${MOST_SCHEDULER_ROWS} rows`, '20')
    .addOption(json())
    .action((date: string | undefined, options: SchedulerOptions) =>
      withWarehouse(context, async (warehouse, config) => {
        const limit = rowCount(options.limit, program);
        const wanted = date === undefined ? undefined : parseDate(date);
        const rows = await schedulerRows(warehouse, {
          date: wanted,
          batch: options.batch,
          status: options.status === undefined ? undefined : (Number(options.status) as SchedulerStatus),
          limit,
          offset: 0,
        });
        const data = rows.map((row) => presentSchedulerRow(row, config.ETL_TIMEZONE));
        if (options.json) printBody({ data, limit, offset: 0 }, config, context);
        else print(schedulerTable(rows));
      }),
    );
}

function rowCount(text: string, program: Command): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MOST_SCHEDULER_ROWS) return Number(text);
  return program.error(`error: --limit takes a whole number from 1 to ${MOST_SCHEDULER_ROWS}, not "${text}"`);
}
