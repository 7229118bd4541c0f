import { ConfigError, EtlError, isDatabaseUnavailable, readEnvironment } from '@etl/core';
import { CommanderError } from 'commander';
import { buildProgram } from './program.ts';

/** 0 completed, 1 failed, 2 wrong usage, 3 refused. */
const EXIT = { failed: 1, usage: 2, refused: 3 } as const;

const REFUSALS = ['ETL_ALREADY_RUNNING', 'ETL_WINDOW_EXPIRED', 'ETL_PREREQUISITES_MISSING'];

async function main(): Promise<number> {
  try {
    return await buildProgram({ env: readEnvironment(), now: () => new Date() })(process.argv.slice(2));
  } catch (error) {
    // Commander has printed what is wrong, or the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage;
    process.stderr.write(`Error: ${describe(error)}\n`);
    if (error instanceof ConfigError) return EXIT.usage;
    if (!(error instanceof EtlError)) return EXIT.failed;
    if (REFUSALS.includes(error.code)) return EXIT.refused;
    return error.code === 'INVALID_REQUEST' ? EXIT.usage : EXIT.failed;
  }
}

function describe(error: unknown): string {
  if (isDatabaseUnavailable(error)) {
    return `Failed to connect to database: ${(error as Error).message}. Check ETL_DATABASE_URL and that the server runs.`;
  }
  if (error instanceof EtlError && error.code === 'QUEUE_UNAVAILABLE') {
    return `${error.message}. Check REDIS_URL and that Redis runs.`;
  }
  if (error instanceof EtlError || error instanceof ConfigError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

process.exitCode = await main();
