import { createLogger, loadConfig, readEnvironment, runProcess, startTracing } from '@etl/core';
import { serveHealth } from './http.ts';
import { openMetrics } from './metrics.ts';
import { startWorker } from './worker.ts';

/**
 * The worker process takes jobs until it is stopped. Then it finishes the current batches or releases them to other
 * workers.
 */
await runProcess(async (onStop) => {
  const config = loadConfig(readEnvironment(), ['ETL_DATABASE_URL', 'MOODLE_DATABASE_URL', 'REDIS_URL']);
  const log = createLogger(config, 'worker');
  const tracing = await startTracing(config, 'etl-worker', log);
  const metrics = openMetrics();
  const worker = startWorker(config, log, metrics);
  onStop(log, async (graceMs) => {
    await worker.stop(graceMs);
    await tracing.stop();
  });
  const { ETL_WORKER_PORT: port, HOST: host } = config;
  if (port === undefined) return;
  const server = serveHealth(worker, metrics, log);
  server.on('error', (error) => {
    // The worker would work, but no probe could see its health.
    log.fatal({ err: error, port }, 'ETL_WORKER_PORT cannot be used');
    process.exit(1);
  });
  server.listen(port, host, () => log.info({ port }, 'worker answers /metrics and /health'));
});
