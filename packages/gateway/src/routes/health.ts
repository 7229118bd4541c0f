import { clockTime } from '@etl/core';
import { pingWarehouse } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import type { Services } from '../services.ts';

/** `GET /health/live`: the process answers. `GET /health/ready`: the database and the queue answer it, else 503. */
export function healthRoutes(app: FastifyInstance, { warehouse, queues, config }: Services): void {
  const timestamp = () => clockTime(new Date(), config.ETL_TIMEZONE);
  app.get('/health/live', async () => ({ status: true, timestamp: timestamp() }));
  app.get('/health/ready', async () => {
    await pingWarehouse(warehouse);
    await queues.ping();
    return { status: true, timestamp: timestamp() };
  });
}
