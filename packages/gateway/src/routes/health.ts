import { type ErrorCode, EtlError, settingsDifference, sharedCheck } from '@etl/core';
import { pendingMigrations, storedSettings, TABLES_ARE_OLD } from '@etl/warehouse';
import type { FastifySchema } from 'fastify';
import { answerBody, answerOf } from '../contract/answers.ts';
import type { ZodApp } from '../contract/zod-routes.ts';
import type { Services } from '../services.ts';

/** A probe needs no token and may have any query. */
const PROBE = { tags: ['Operation'], security: [], response: { 200: answerBody({}, {}) } };

const LIVE = { ...PROBE, summary: 'The process answers' } satisfies FastifySchema;

const READY = {
  ...PROBE,
  summary:
    'Warehouse and queue answer, the tables are up to date, Redis evicts nothing, and the settings match the stored ones',
  errors: ['DATABASE_UNAVAILABLE', 'QUEUE_UNAVAILABLE', 'SETTINGS_DIFFER'],
  errorStatus: 503,
} satisfies FastifySchema;

/**
 * `GET /health/live` says that the process answers. `GET /health/ready` answers 200 if warehouse and queue answer, the
 * tables are up to date, Redis evicts nothing, and the settings match the stored ones. Else it answers 503. The
 * process checks at most once a second, for any number of probes.
 */
export function healthRoutes(app: ZodApp, { probes, queues, config }: Services): void {
  const fine = () => answerOf({}, config.ETL_TIMEZONE);
  const databaseIsReady = sharedCheck(async () => {
    const pending = await pendingMigrations(probes);
    if (pending.length > 0) throw new EtlError('DATABASE_UNAVAILABLE', TABLES_ARE_OLD);
    return storedSettings(probes);
  });
  const queueIsReady = sharedCheck(() => queues.checkReady());
  app.get('/health/live', { schema: LIVE }, async () => fine());
  app.get('/health/ready', { schema: READY }, async () => {
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

/** Rethrows the error of a check. An error without a code, such as a timeout, gets `code`. */
function unavailable(code: ErrorCode): (error: unknown) => never {
  return (cause) => {
    throw cause instanceof EtlError ? cause : new EtlError(code, undefined, { cause });
  };
}
