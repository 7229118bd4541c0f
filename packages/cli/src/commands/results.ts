import { EtlError, parseDate } from '@etl/core';
import { aboutFile, userActivityTable } from '@etl/files';
import {
  fileFacts,
  lastFinalDate,
  type ResultsFacts,
  resultsFacts,
  userActivityPages,
  userActivityPresenter,
  type WarehouseTransaction,
} from '@etl/warehouse';
import type { Command } from 'commander';
import type { CliConfig, CommandContext } from '../command-context.ts';
import { resultsTable } from '../figure-tables.ts';
import { ledgerLine } from '../ledger-table.ts';
import { OPERATORS_SCOPE } from '../operators-scope.ts';
import {
  fileOf,
  formatOf,
  limitOf,
  type Printed,
  type ReadOptions,
  reading,
  readingCommand,
  restOf,
} from '../reading.ts';

const EXAMPLES = `
Examples:
  etl results                           the most viewed courses
  etl results 2024-01-15 --limit all    all courses of a date
  etl results 2024-01-15 --csv > a.csv  the same for a spreadsheet
  etl results --output a.xlsx
`;

/** `results` prints the merged rows of a date. */
export function resultsCommand(
  program: Command,
  context: CommandContext,
  exit: (code: number) => void,
): void {
  readingCommand(program, 'results', 'show the figures of each course on a date')
    .argument('[date]', 'YYYY-MM-DD (default: the newest final date)')
    .addHelpText('after', EXAMPLES)
    .action(async (date: string | undefined, options: ReadOptions) =>
      exit(await reading(context, options, (snapshot, config) => results(snapshot, config, date, options))),
    );
}

async function results(
  snapshot: WarehouseTransaction,
  config: CliConfig,
  asked: string | undefined,
  options: ReadOptions,
): Promise<Printed> {
  const date = asked === undefined ? await newestDate(snapshot) : parseDate(asked);
  const facts = await factsOf(snapshot, date, config);
  const heading = headingOf(facts, asked === undefined);
  const limit = limitOf(options);
  const pagesOf = (most: number) => userActivityPages(snapshot, OPERATORS_SCOPE, date, { limit: most });
  const present = userActivityPresenter(config.ETL_TIMEZONE);
  const format = formatOf(options);
  if (format) {
    const aboutFacts = await fileFacts(snapshot, OPERATORS_SCOPE, { from: date, to: date });
    return fileOf(options, format, {
      heading,
      table: userActivityTable(config.ETL_TIMEZONE),
      pages: pagesOf(limit),
      rows: Math.min(limit, facts.count),
      about: aboutFile('Merged rows of courses', { limit }, aboutFacts, config.ETL_TIMEZONE),
    });
  }
  if (options.json) {
    const data = (await Array.fromAsync(pagesOf(limit))).flat().map(present);
    const page = {
      limit: Number.isFinite(limit) ? limit : null,
      offset: 0,
      has_next: data.length < facts.count,
    };
    const { count, ...rest } = facts;
    return { body: { data, count, ...page, ...rest } };
  }
  // The most viewed rows can be anywhere.
  const rows = (await Array.fromAsync(pagesOf(Number.POSITIVE_INFINITY))).flat();
  const shown = rows.toSorted((a, b) => b.total_views - a.total_views || a.id - b.id).slice(0, limit);
  return { heading, text: resultsTable(shown), footnote: restOf(shown.length, rows.length, 'courses') };
}

async function factsOf(
  snapshot: WarehouseTransaction,
  date: string,
  { ETL_TIMEZONE }: CliConfig,
): Promise<ResultsFacts> {
  try {
    return await resultsFacts(snapshot, OPERATORS_SCOPE, date, ETL_TIMEZONE);
  } catch (error) {
    if (!(error instanceof EtlError) || error.code !== 'NOT_FOUND') throw error;
    throw new EtlError('NOT_FOUND', `${error.message}. To run it: etl pipeline ${date}`, { cause: error });
  }
}

async function newestDate(snapshot: WarehouseTransaction): Promise<string> {
  const date = await lastFinalDate(snapshot);
  if (date !== undefined) return date;
  throw new EtlError('NOT_FOUND', 'No date has final figures yet. To run yesterday: etl pipeline');
}

/** Which date it is, and what to know about its figures. */
function headingOf(
  { extraction_date: date, provisional, settings_differ, user_counts_as_of, ledger }: ResultsFacts,
  isDefault: boolean,
): string {
  const facts = [
    isDefault && 'the newest final date',
    provisional && 'provisional: extracted before the day had ended',
    settings_differ && 'made with other settings',
    user_counts_as_of && `enrolments as of ${user_counts_as_of}`,
  ].filter(Boolean);
  const heading = [date, ...facts].join(', ');
  return ledger.state === 'recorded' ? `${heading}\n${ledgerLine(ledger, date)}` : heading;
}
