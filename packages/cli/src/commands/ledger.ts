import { EtlError, parseDate } from '@etl/core';
import { lastFinalDate, ledgersReport, type WarehouseTransaction } from '@etl/warehouse';
import { type Command, Option } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { ledgerTable } from '../ledger-table.ts';
import { type Printed, reading } from '../reading.ts';

/** `ledger` prints where each row of Moodle's log of a date is: counted, or left out for a reason. */
export function ledgerCommand(program: Command, context: CommandContext, exit: (code: number) => void): void {
  program
    .command('ledger')
    .description("show where each row of Moodle's log of a date is")
    .argument('[date]', 'YYYY-MM-DD (default: the newest final date)')
    .addOption(new Option('--json', 'print the answer of the API'))
    .action(async (date: string | undefined, options: { json?: true }) =>
      exit(await reading(context, options, (snapshot) => ledger(snapshot, date, options))),
    );
}

async function ledger(
  snapshot: WarehouseTransaction,
  asked: string | undefined,
  { json }: { json?: true },
): Promise<Printed> {
  const date = asked === undefined ? await lastFinalDate(snapshot) : parseDate(asked);
  if (date === undefined) {
    throw new EtlError('NOT_FOUND', 'No date has final figures yet. To run yesterday: etl pipeline');
  }
  const { ledgers, missingDates } = await ledgersReport(snapshot, { from: date, to: date });
  if (json) return { body: { data: ledgers, from: date, to: date, missing_dates: missingDates } };
  const [found] = ledgers;
  if (!found) {
    throw new EtlError('NOT_FOUND', `No run of ${date} has completed. To run it: etl pipeline ${date}`);
  }
  if (found.state === 'not_recorded') {
    throw new EtlError(
      'NOT_FOUND',
      `The ledger of ${date} is not recorded: an older version made its figures. To record it, run the date again: ` +
        `etl pipeline ${date}`,
    );
  }
  const heading = [date, asked === undefined && 'the newest final date'].filter(Boolean).join(', ');
  return { heading, text: ledgerTable(found) };
}
