import type { Warehouse } from '@etl/warehouse';
import { type Command, Option } from 'commander';
import { limitOption } from './choices.ts';
import {
  type CliConfig,
  type CommandContext,
  orErrorBody,
  print,
  printBody,
  withWarehouse,
} from './command-context.ts';
import { EXIT } from './exit-codes.ts';

/** How a command prints figures: as a table for people, as the API's JSON, or as its CSV. */
export interface ReadOptions {
  json?: true;
  csv?: true;
  limit?: number;
}

/** What a command prints. Heading and footnote are for the person: they are no part of a file. */
export type Printed = { body: object } | { heading: string; text: string; footnote?: string | undefined };

/** The rows of a table for which a person does not ask. */
const ROWS_AT_A_GLANCE = 20;

/** A command that reads figures. */
export function readingCommand(program: Command, name: string, about: string): Command {
  return program
    .command(name)
    .description(about)
    .addOption(limitOption(`a number, or all (a table: ${ROWS_AT_A_GLANCE}, JSON and CSV: all)`))
    .addOption(new Option('--json', 'print the answer of the API').conflicts('csv'))
    .addOption(new Option('--csv', 'print CSV for spreadsheets, as the API does'));
}

/** How many rows to print: a file has all. */
export function limitOf({ limit, json, csv }: ReadOptions): number {
  return limit ?? (json || csv ? Number.POSITIVE_INFINITY : ROWS_AT_A_GLANCE);
}

/** Reads, and prints when all is read: a slow pipe must not keep a snapshot open. */
export async function reading(
  context: CommandContext,
  { json }: ReadOptions,
  read: (warehouse: Warehouse, config: CliConfig) => Promise<Printed>,
): Promise<number> {
  return withWarehouse(context, (warehouse, config) =>
    orErrorBody(json, config, context, async () => {
      const printed = await read(warehouse, config);
      if ('body' in printed) printBody(printed.body, config, context);
      else {
        remark(printed.heading);
        // CSV ends with its own line break.
        print(printed.text.replace(/\n$/, ''));
        if (printed.footnote) remark(printed.footnote);
      }
      return EXIT.completed;
    }),
  );
}

/** How many rows the table does not show, or that there is none. */
export function restOf(shown: number, all: number, what: string): string | undefined {
  if (all === 0) return `There are no such ${what}.`;
  return shown < all ? `${shown} of ${all} ${what}. --limit all shows all.` : undefined;
}

function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}
