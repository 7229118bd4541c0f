import { ConfigError, createLogger, loadConfig, readEnvironment } from '@etl/core';
import { startWorker } from './worker.ts';

/** The worker process: takes jobs until SIGTERM or SIGINT, then finishes those under way. A second signal ends it at once. */
function main(): void {
  const config = loadConfig(readEnvironment(), ['ETL_DATABASE_URL', 'MOODLE_DATABASE_URL', 'REDIS_URL']);
  const log = createLogger(config, 'worker');
  const worker = startWorker(config, log);

  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'worker stopping');
    worker.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'worker did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

try {
  main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
