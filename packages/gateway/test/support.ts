import { createLogger, loadConfig } from '@etl/core';
import { scratchDatabase, scratchName } from '@etl/local-stack';
import { openQueues, type Queues } from '@etl/queue';
import { migrate, openWarehouse, type Warehouse } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import type { KyselyPlugin } from 'kysely';
import { buildApp } from '../src/app.ts';

export const TOKEN = 'a-token-for-these-tests';
export const API = '/api/user_activity_etl';

export interface Gateway {
  app: FastifyInstance;
  warehouse: Warehouse;
  queues: Queues;
  close(): Promise<void>;
}

/**
 * The gateway's app on a scratch warehouse and queues of its own; the institution's clocks are Jakarta's.
 * `plugins` watch the app's own statements.
 */
export async function openGateway(
  servers: { mysqlUrl: string; redisUrl: string },
  plugins: KyselyPlugin[] = [],
): Promise<Gateway> {
  const database = await scratchDatabase(servers.mysqlUrl, 'celoeapi');
  const config = loadConfig(
    {
      ETL_DATABASE_URL: database.value,
      REDIS_URL: servers.redisUrl,
      ETL_QUEUE_PREFIX: `{${scratchName('etl')}}`,
      ETL_WEBHOOK_TOKENS: `test:${TOKEN},other:${TOKEN}-2`,
      ETL_TIMEZONE: 'Asia/Jakarta',
    },
    ['ETL_DATABASE_URL', 'REDIS_URL'],
  );
  const log = createLogger({ ETL_LOG_LEVEL: 'silent' }, 'test');
  const warehouse = openWarehouse(config, { connections: 4, statementSeconds: 10 });
  await migrate(warehouse);
  const queues = openQueues(config, log);
  await queues.waitUntilConnected();
  const served = plugins.reduce((db, plugin) => db.withPlugin(plugin), warehouse);
  const app = await buildApp({ config, warehouse: served, queues, log, now: () => new Date() });
  return {
    app,
    warehouse,
    queues,
    close: async () => {
      await app.close();
      await queues.close();
      await warehouse.destroy();
      await database.remove();
    },
  };
}
