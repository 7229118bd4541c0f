import { createLogger, EtlError, loadConfig, parseDate } from '@etl/core';
import { openSource } from '@etl/moodle';
import { type ProofContext, prove, randomDate } from '@etl/proof';
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { type CommandContext, orErrorBody, print, printBody, withWarehouse } from '../command-context.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { proofText } from '../proof-text.ts';

const EXPLANATION = `
It counts the views of the date again with the SQL of the documentation, which
shares no statement with the extraction. It reads Moodle page after page, rests
between the pages, and waits while Moodle's server is busy. A large date takes
minutes.

Examples:
  etl prove             a random date of the last month
  etl prove 2024-01-15  this date
`;

/** `prove` compares the counts of a date with Moodle itself. Passes 1 to `exit` if a count differs. */
export function proveCommand(program: Command, context: CommandContext, exit: (code: number) => void): void {
  program
    .command('prove')
    .description("compare a date's counts with Moodle itself")
    .argument('[date]', 'YYYY-MM-DD (default: a random date of the last month)')
    .option('--json', 'print JSON')
    .addHelpText('after', EXPLANATION)
    .action(async (date: string | undefined, { json }: { json?: true }) => {
      // Both addresses are checked before a server is asked.
      const config = loadConfig(context.env, ['ETL_DATABASE_URL', 'MOODLE_DATABASE_URL']);
      const source = openSource(config, createLogger({ ETL_LOG_LEVEL: 'silent' }, 'prove'), {
        connections: 1,
      });
      const roles = { students: config.ETL_STUDENT_ROLE_IDS, teachers: config.ETL_TEACHER_ROLE_IDS };
      try {
        exit(
          await withWarehouse(context, (warehouse, own) =>
            orErrorBody(json, own, context, async () => {
              const proof = { warehouse, source, roles, signal: new AbortController().signal };
              const proved = await withProgress(
                proof,
                date === undefined ? await randomDate(warehouse) : parseDate(date),
              );
              if (json) printBody({ data: proved }, own, context);
              else print(proofText(proved));
              return proved.differences.length === 0 ? EXIT.completed : EXIT.failed;
            }).catch((error: unknown) => unproved(error, Boolean(json))),
          ),
        );
      } finally {
        await source.db.destroy();
      }
    });
}

/** Shows on a terminal how far the log is read. */
async function withProgress(context: ProofContext, date: string) {
  const bar = new SingleBar({
    format: `${date} {bar} {value} of {total} pages`,
    stream: process.stderr,
    clearOnComplete: true,
  });
  bar.start(0, 0);
  try {
    return await prove(context, date, (pages) => {
      bar.setTotal(pages);
      bar.increment();
    });
  } finally {
    bar.stop();
  }
}

/** A purged date cannot be proved. No option helps, unlike that of a run. */
function unproved(error: unknown, json: boolean): number {
  if (json || !(error instanceof EtlError) || error.code !== 'SOURCE_PURGED') throw error;
  process.stderr.write(`${error.message}\n`);
  return exitCodeOf(error);
}
