import { inspect } from 'node:util';
import closeWithGrace from 'close-with-grace';
import { ConfigError } from './config/load.ts';
import type { Logger } from './logger.ts';

/** Work in progress gets this long to finish. What is left is released or cut off. */
const GRACE_MS = 5000;

/** Container engines kill a process after ten seconds. A stop can hang if a server is unreachable. */
const STOP_LIMIT_MS = 8000;

/**
 * These end the process at once, as Node does by default. After an uncaught error a worker must not go on: it could
 * commit a load that is wrong.
 */
const NOT_A_STOP: closeWithGrace.AllEvents[] = [
  ...(['uncaughtException', 'unhandledRejection', 'beforeExit', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'] as const),
  ...(['SIGILL', 'SIGTRAP', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV'] as const),
];

/** Registers how a process stops. `stop` finishes or releases its work within `graceMs` and closes what it opened. */
export type OnStop = (log: Logger, stop: (graceMs: number) => Promise<void>) => void;

/**
 * Runs a process. If `main` throws, the process prints what `describe` says and exits: with 2 for a wrong
 * configuration, else with 1. After `onStop` was called, SIGTERM and SIGINT stop the process: it exits with 0, or
 * with 1 if the stop fails or takes too long. A second signal ends it at once, with 1.
 */
export async function runProcess(
  main: (onStop: OnStop) => Promise<void>,
  describe: (error: unknown) => string = (error) => inspect(error),
): Promise<void> {
  let isStopping = false;
  const onStop: OnStop = (log, stop) => {
    closeWithGrace(
      {
        delay: STOP_LIMIT_MS,
        skip: NOT_A_STOP,
        onTimeout: (limitMs) => log.warn({ limitMs }, 'stop timed out, exiting with work in progress'),
        onSecondSignal: (signal) => log.warn({ signal }, 'second signal, exiting with work in progress'),
        logger: { error: (error) => log.error({ err: error }, 'stop failed') },
      },
      async ({ signal }) => {
        isStopping = true;
        log.info({ signal }, 'process stopping');
        await stop(GRACE_MS);
        log.info('process stopped');
      },
    );
  };
  try {
    await main(onStop);
  } catch (error) {
    // A stop can interrupt a start: the stop decides on the exit code.
    if (isStopping) return;
    process.stderr.write(`${error instanceof ConfigError ? error.message : describe(error)}\n`);
    process.exit(error instanceof ConfigError ? 2 : 1);
  }
}
