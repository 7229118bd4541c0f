import { clockTime, EtlError, settingsDifference, WATCHER_PATIENCE_MS, within } from '@etl/core';
import { pendingMigrations, storedSettings, TABLES_ARE_OLD } from '@etl/warehouse';
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
  summary:
    'Database and queue answer, the tables are up to date, Redis evicts nothing, the settings are the stored ones',
  query,
  answer,
  errors: ['DATABASE_UNAVAILABLE', 'QUEUE_UNAVAILABLE', 'SETTINGS_DIFFER'],
  errorStatus: 503,
} satisfies Contract<never, typeof query>;

export const HEALTH_CONTRACTS: Contract[] = [LIVE, READY];

/**
 * `GET /health/live`: the process answers. `GET /health/ready`: database and queue answer it, the tables are up to date, Redis evicts nothing, and
 * the settings are the stored ones, else 503.
 */
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
    const difference = settingsDifference(config, await storedSettings(warehouse));
    if (difference) {
      const { message, details } = difference;
      throw new EtlError('SETTINGS_DIFFER', message, { details, httpStatus: READY.errorStatus });
    }
    return fine();
  });
}
