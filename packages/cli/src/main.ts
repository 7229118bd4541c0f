import {
  adviceFor,
  ConfigError,
  EtlError,
  isDatabaseUnavailable,
  isTableMissing,
  readEnvironment,
} from '@etl/core';
import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { buildProgram } from './program.ts';

async function main(): Promise<number> {
  try {
    return await buildProgram({ env: readEnvironment(), now: () => new Date() })(process.argv.slice(2));
  } catch (error) {
    // Commander has printed the error or the help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    process.stderr.write(`Error: ${describe(error)}\n`);
    return exitCodeOf(error);
  }
}

/** What to do about an error whose documented message does not say it. */
function hintFor({ code, details, cause }: EtlError): string | undefined {
  if (code === 'QUEUE_UNAVAILABLE') {
    const why = cause instanceof Error && cause.message !== '' ? `Redis says: ${cause.message}. ` : '';
    return `${why}Check REDIS_URL and that Redis runs`;
  }
  if (code === 'SOURCE_PURGED') return 'Add --force to extract the rows that are left';
  if (code === 'ETL_ALREADY_RUNNING') {
    return `Wait for its end, or run: etl cancel ${details?.run_id ?? 'RUN (etl status shows it)'}`;
  }
  if (code === 'ETL_PREREQUISITES_MISSING') {
    return 'Run both for that date first: etl activity_counts DATE, etl user_counts DATE (or etl pipeline DATE)';
  }
  return undefined;
}

function describe(error: unknown): string {
  if (error instanceof EtlError) return [error.message, hintFor(error)].filter(Boolean).join('. ');
  if (error instanceof ConfigError) return error.message;
  if (isDatabaseUnavailable(error)) {
    return `Failed to connect to database: ${(error as Error).message}. Check ETL_DATABASE_URL and that the server runs.`;
  }
  if (isTableMissing(error)) return `${(error as Error).message}. Create the tables with: pnpm migrate`;
  const advice = adviceFor(error);
  if (advice !== undefined) return `${(error as Error).message}. ${advice}`;
  return error instanceof Error ? (error.stack ?? error.message).replace(/^Error: /, '') : String(error);
}

// A reader that needs only the beginning (`| head`) closes the pipe: that is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
}

process.exitCode = await main();
