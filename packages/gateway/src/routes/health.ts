import { clockTime, EtlError, WATCHER_PATIENCE_MS, within } from '@etl/core';
import { requireSameZone } from '@etl/queue';
import { pendingMigrations, TABLES_ARE_OLD } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { answerBody } from '../contract/bodies.ts';
import { type Contract, serve } from '../contract/contract.ts';
import type { Services } from '../services.ts';

/** Whatever a prober adds. */
const query = z.looseObject({});
const answer = { code: 200, body: answerBody({}), example: {} } as const;

const LIVE = {
  method: 'GET',
  path: '/health/live',
  group: 'Operation',
  summary: 'The process answers',
  query,
  answer,
} satisfies Contract<never, typeof query>;

const READY = {
  method: 'GET',
  path: '/health/ready',
  group: 'Operation',
  summary: 'The database, its tables up to date, and the queue answer it, and Redis evicts nothing',
  query,
  answer,
  errors: ['DATABASE_UNAVAILABLE', 'QUEUE_UNAVAILABLE'],
} satisfies Contract<never, typeof query>;

export const HEALTH_CONTRACTS: Contract[] = [LIVE, READY];

/** `GET /health/live`: the process answers. `GET /health/ready`: database and queue answer it, the tables are up to date, and Redis evicts nothing, else 503. */
export function healthRoutes(app: FastifyInstance, { warehouse, queues, config }: Services): void {
  const fine = () => ({ status: true, timestamp: clockTime(new Date(), config.ETL_TIMEZONE) });
  serve(app, LIVE, async () => fine());
  serve(app, READY, async () => {
    const pending = await within(WATCHER_PATIENCE_MS, pendingMigrations(warehouse)).catch(
      (cause: unknown) => {
        throw new EtlError('DATABASE_UNAVAILABLE', undefined, { cause });
      },
    );
    if (pending.length > 0) {
      throw new EtlError('DATABASE_UNAVAILABLE', TABLES_ARE_OLD);
    }
    await queues.checkReady();
    await requireSameZone(queues, config);
    return fine();
  });
}
