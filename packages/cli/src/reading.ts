import path from 'node:path';
import { EtlError } from '@etl/core';
import { FILE_FORMATS, type FileContent, type FileFormat, fileParts } from '@etl/files';
import { onSnapshot, type WarehouseTransaction } from '@etl/warehouse';
import { type Command, Option } from 'commander';
import { choiceOption, limitOption } from './choices.ts';
import {
  type CliConfig,
  type CommandContext,
  orErrorBody,
  print,
  printBody,
  withWarehouse,
} from './command-context.ts';
import { EXIT } from './exit-codes.ts';
import { writeFile } from './write-file.ts';

/** How a command gives figures: as a table for people, as the API's JSON, or as one of its files. */
export interface ReadOptions {
  json?: true;
  csv?: true;
  format?: FileFormat;
  output?: string;
  limit?: number;
}

/** What a command says. Heading and footnote are for the person: they are no part of a file. */
export type Printed =
  | { body: object }
  | { heading: string; text: string; footnote?: string | undefined }
  | { heading: string; written: string };

const ENDINGS = FILE_FORMATS.map((format) => `.${format}`).join(', ');

/** The rows of a table for which a person does not ask. */
const ROWS_AT_A_GLANCE = 20;

/** A command that reads figures. */
export function readingCommand(program: Command, name: string, about: string): Command {
  return program
    .command(name)
    .description(about)
    .addOption(limitOption(`a number, or all (a table: ${ROWS_AT_A_GLANCE}, JSON and files: all)`))
    .addOption(new Option('--json', 'print the answer of the API').conflicts(['csv', 'format', 'output']))
    .addOption(new Option('--csv', 'print CSV for spreadsheets, as the API does').conflicts('format'))
    .addOption(choiceOption('--format <format>', `a file: ${FILE_FORMATS.join(', ')}`, FILE_FORMATS))
    .option('--output <file>', 'write the file here, instead of printing it; the name ends with its format');
}

/** The format of the file that a person asks for: by an option, or else by the ending of the file's name. */
export function formatOf({ csv, format, output }: ReadOptions): FileFormat | undefined {
  return csv ? 'csv' : (format ?? formatOfName(output));
}

function formatOfName(output = ''): FileFormat | undefined {
  return FILE_FORMATS.find((format) => path.extname(output).toLowerCase() === `.${format}`);
}

/** Whether the order and number of rows are those of the API, as programs expect. */
export function isForPrograms(options: ReadOptions): boolean {
  return options.json === true || formatOf(options) !== undefined;
}

/** How many rows to print: a file has all. */
export function limitOf(options: ReadOptions): number {
  return options.limit ?? (isForPrograms(options) ? Number.POSITIVE_INFINITY : ROWS_AT_A_GLANCE);
}

/** Writes a file of so many rows, or prints its text. The rows may come from a snapshot that is still open. */
export async function fileOf<Row>(
  { output }: ReadOptions,
  format: FileFormat,
  content: FileContent<Row> & { heading: string; rows: number },
): Promise<Printed> {
  const { heading, rows } = content;
  if (output === undefined) {
    const parts = await Array.fromAsync(fileParts(format, content));
    return { heading, text: parts.join('') };
  }
  await writeFile(output, format, content, rows);
  return { heading, written: `${output}: ${rows} row${rows === 1 ? '' : 's'}` };
}

/**
 * A terminal cannot show bytes, and a file that is redirected would stay if it failed halfway. Programs refuse a file
 * whose name ends with another format than its own.
 */
function checkOutput(options: ReadOptions): void {
  const format = formatOf(options);
  const refused = (message: string) => new EtlError('INVALID_REQUEST', message);
  if (options.output === '-') throw refused('- is not the name of a file. Leave out --output to print CSV');
  if (options.output !== undefined && format === undefined)
    throw refused(`--output needs a format. End the name with ${ENDINGS}, or add --format`);
  const named = formatOfName(options.output);
  if (named !== undefined && named !== format) {
    const option = options.csv ? '--csv' : `--format ${format}`;
    throw refused(
      `${option} does not match the name ${options.output}. End the name with .${format}, or leave out ${option}`,
    );
  }
  if (options.output === undefined && format !== undefined && format !== 'csv')
    throw refused(
      `A file of the format ${format} is binary, and is not printed. Add --output FILE.${format}`,
    );
}

/** Reads on one snapshot, and prints when all is read: a slow pipe must not keep it open. */
export async function reading(
  context: CommandContext,
  options: ReadOptions,
  read: (snapshot: WarehouseTransaction, config: CliConfig) => Promise<Printed>,
): Promise<number> {
  checkOutput(options);
  return withWarehouse(context, (warehouse, config) =>
    orErrorBody(options.json, config, context, async () => {
      const printed = await onSnapshot(warehouse, (snapshot) => read(snapshot, config));
      if ('body' in printed) printBody(printed.body, config, context);
      else {
        remark(printed.heading);
        if ('written' in printed) {
          remark(printed.written);
          return EXIT.completed;
        }
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
