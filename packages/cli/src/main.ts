import { ConfigError, EtlError, isDatabaseUnavailable, isTableMissing, readEnvironment } from '@etl/core';
import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { buildProgram } from './program.ts';

async function main(): Promise<number> {
  try {
    return await buildProgram({ env: readEnvironment(), now: () => new Date() })(process.argv.slice(2));
  } catch (error) {
    // Commander has printed what is wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    process.stderr.write(`Error: ${describe(error)}\n`);
    return exitCodeOf(error);
  }
}

function describe(error: unknown): string {
  if (error instanceof EtlError && error.code === 'QUEUE_UNAVAILABLE') {
    return `${error.message}. Check REDIS_URL and that Redis runs.`;
  }
  if (error instanceof EtlError || error instanceof ConfigError) return error.message;
  if (isDatabaseUnavailable(error)) {
    return `Failed to connect to database: ${(error as Error).message}. Check ETL_DATABASE_URL and that the server runs.`;
  }
  if (isTableMissing(error)) return `${(error as Error).message}. Create the tables with: pnpm migrate`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

process.exitCode = await main();
