import { clockTime, type ErrorCode, EtlError, settingsDifference, sharedCheck } from '@etl/core';
import { pendingMigrations, storedSettings, TABLES_ARE_OLD } from '@etl/warehouse';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { answerBody } from '../contract/answers.ts';
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
 * `GET /health/live`: the process answers. `GET /health/ready`: database and queue answer it, the tables are up to date, Redis evicts
 * nothing, and the settings are the stored ones, else 503. However many probes ask, the process looks once a second.
 */
export function healthRoutes(app: FastifyInstance, { probes, queues, config }: Services): void {
  const fine = () => ({ status: true, timestamp: clockTime(new Date(), config.ETL_TIMEZONE) });
  const databaseIsReady = sharedCheck(async () => {
    const pending = await pendingMigrations(probes);
    if (pending.length > 0) throw new EtlError('DATABASE_UNAVAILABLE', TABLES_ARE_OLD);
    return storedSettings(probes);
  });
  const queueIsReady = sharedCheck(() => queues.checkReady());
  serve(app, LIVE, async () => fine());
  serve(app, READY, async () => {
    const stored = await databaseIsReady().catch(unavailable('DATABASE_UNAVAILABLE'));
    await queueIsReady().catch(unavailable('QUEUE_UNAVAILABLE'));
    const difference = settingsDifference(config, stored);
    if (difference) {
      const { message, details } = difference;
      throw new EtlError('SETTINGS_DIFFER', message, { details, httpStatus: READY.errorStatus });
    }
    return fine();
  });
}

/** What a look has found, or that it does not end in time. */
function unavailable(code: ErrorCode): (error: unknown) => never {
  return (cause) => {
    throw cause instanceof EtlError ? cause : new EtlError(code, undefined, { cause });
  };
}
