import { ConfigError, createLogger, loadConfig, readEnvironment } from '@etl/core';
import { openQueues } from '@etl/queue';
import { openWarehouse } from '@etl/warehouse';
import { buildApp } from './app.ts';

/** For short reads and inserts; a hundred callers at once wait for each other a few milliseconds. */
const CONNECTIONS = 10;

/** A caller of the API waits for no statement longer: a database that is silent is one that is down. */
const STATEMENT_SECONDS = 10;

/** The gateway process: serves until SIGTERM or SIGINT, then answers what is under way. A second signal ends it at once. */
async function main(): Promise<void> {
  const config = loadConfig(readEnvironment(), ['ETL_DATABASE_URL', 'REDIS_URL']);
  const log = createLogger(config, 'gateway');
  const warehouse = openWarehouse(config, { connections: CONNECTIONS, statementSeconds: STATEMENT_SECONDS });
  const queues = openQueues(config, log);
  const app = await buildApp({ config, warehouse, queues, log });

  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'gateway stopping');
    await app.close();
    await queues.close();
    await warehouse.destroy();
    process.exit(0);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await app.listen({ port: config.PORT, host: config.HOST });
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : (error as Error).stack}\n`);
  process.exit(error instanceof ConfigError ? 2 : 1);
});
