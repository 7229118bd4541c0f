import { ConfigError, createLogger, loadConfig, readEnvironment, startTracing } from '@etl/core';
import { serveHealth } from './http.ts';
import { openMetrics } from './metrics.ts';
import { startWorker } from './worker.ts';

/** Long enough for most batches to finish; the others are handed back to other workers. */
const GRACE_MS = 5000;

/**
 * Container engines kill after ten seconds. A batch that could not even be handed back, because a server is away, is taken over when
 * its lease has run out.
 */
const STOP_LIMIT_MS = 8000;

/** The worker process: takes jobs until SIGTERM or SIGINT, then finishes or hands back those under way. A second signal ends it at once. */
async function main(): Promise<void> {
  const config = loadConfig(readEnvironment(), ['ETL_DATABASE_URL', 'MOODLE_DATABASE_URL', 'REDIS_URL']);
  const log = createLogger(config, 'worker');
  const tracing = await startTracing(config, 'etl-worker', log);
  const metrics = openMetrics();
  const worker = startWorker(config, log, metrics);
  const { ETL_WORKER_PORT: port, HOST: host } = config;
  if (port !== undefined) {
    const server = serveHealth(worker, metrics, log);
    server.on('error', (error) => {
      // Without it the worker works, but nobody would know how it is.
      log.fatal({ err: error, port }, 'ETL_WORKER_PORT cannot be used');
      process.exit(1);
    });
    server.listen(port, host, () => log.info({ port }, 'worker answers /metrics and /health'));
  }

  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'worker stopping');
    setTimeout(() => {
      log.warn('worker ended with work under way, or without its Redis');
      process.exit(1);
    }, STOP_LIMIT_MS);
    worker
      .stop(GRACE_MS)
      .then(() => tracing.stop())
      .then(
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
  await main();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
