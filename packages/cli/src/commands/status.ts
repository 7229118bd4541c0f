import { BATCHES, type Batch, parseDate, type SchedulerStatus } from '@etl/core';
import { MOST_SCHEDULER_ROWS, presentSchedulerRow, schedulerRows, statusReport } from '@etl/warehouse';
import { type Command, Option } from 'commander';
import { choiceOption, limitOption, statusOption } from '../choices.ts';
import { type CommandContext, clocksOf, print, printBody, withWarehouse } from '../command-context.ts';
import { schedulerTable, statusText } from '../run-tables.ts';

const USUAL_ROWS = 20;

interface SchedulerOptions {
  batch?: Batch;
  status?: SchedulerStatus;
  limit?: number;
  json?: boolean;
}

/** The commands that only read: `status` and `scheduler_data`. */
export function statusCommands(program: Command, context: CommandContext): void {
  const json = () => new Option('--json', 'print the answer of the API');
  program
    .command('status')
    .description('show the newest run, of a date or of all')
    .argument('[date]', 'YYYY-MM-DD (default: all dates)')
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
    .argument('[date]', 'YYYY-MM-DD (default: all dates)')
    .addOption(choiceOption('--batch <name>', `only this batch: ${BATCHES.join(', ')}`, BATCHES))
    .addOption(statusOption('--status <status>'))
    .addOption(limitOption(`at most ${MOST_SCHEDULER_ROWS}, without it ${USUAL_ROWS}`, MOST_SCHEDULER_ROWS))
    .addOption(json())
    .action((date: string | undefined, options: SchedulerOptions) =>
      withWarehouse(context, async (warehouse, config) => {
        const limit = options.limit ?? USUAL_ROWS;
        const wanted = date === undefined ? undefined : parseDate(date);
        const rows = await schedulerRows(warehouse, {
          date: wanted,
          batch: options.batch,
          status: options.status,
          limit,
          offset: 0,
        });
        const data = rows.map((row) => presentSchedulerRow(row, config.ETL_TIMEZONE));
        if (options.json) printBody({ data, limit, offset: 0 }, config, context);
        else print(schedulerTable(rows));
      }),
    );
}
