import { createLogger, loadConfig } from '@etl/core';
import { openQueues } from '@etl/queue';
import { openWarehouse } from '@etl/warehouse';
import { buildApp } from './app.ts';

/** These servers need not exist: nothing is sent to them. */
const NO_SERVERS = { ETL_DATABASE_URL: 'mysql://127.0.0.1:1/none', REDIS_URL: 'redis://127.0.0.1:1' };

/** The OpenAPI document of the gateway, made without its servers. */
export async function openApiDocument(): Promise<object> {
  const config = loadConfig(NO_SERVERS, ['ETL_DATABASE_URL', 'REDIS_URL']);
  const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'openapi');
  const warehouse = openWarehouse(config, { connections: 1, statementSeconds: 1 });
  const queues = openQueues(config, log);
  const app = await buildApp({
    config,
    warehouse,
    probes: warehouse,
    queues,
    log,
    now: () => new Date(),
  });
  try {
    await app.ready();
    return app.swagger();
  } finally {
    await app.close();
    await Promise.all([queues.close(), warehouse.destroy()]);
  }
}
