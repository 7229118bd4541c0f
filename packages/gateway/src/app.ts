import { type FastifyBaseLogger, type FastifyInstance, fastify } from 'fastify';
import { requireToken } from './authentication.ts';
import { bullBoard } from './bull-board/bull-board.ts';
import { answer, answerErrors } from './error-answers.ts';
import { openTextStreams } from './export/stream.ts';
import { backfillRoute } from './routes/backfill.ts';
import { exportRoute } from './routes/export.ts';
import { healthRoutes } from './routes/health.ts';
import { resultsRoute } from './routes/results.ts';
import { runRoutes } from './routes/run.ts';
import { runsRoutes } from './routes/runs.ts';
import { schedulerDataRoute } from './routes/scheduler-data.ts';
import { statusRoute } from './routes/status.ts';
import type { Services } from './services.ts';

/** The largest body that a call has any use for is a few dozen bytes. */
const BODY_LIMIT_BYTES = 64 * 1024;

/** A client that takes nothing of its answer for so long is gone: an export holds a connection of the database for it. */
const SILENT_CLIENT_MS = 30_000;

/** The gateway's HTTP app, ready to listen. It owns nothing of `services`: whoever opened them closes them. */
export async function buildApp(services: Services): Promise<FastifyInstance> {
  const log: FastifyBaseLogger = services.log;
  const app = fastify({
    loggerInstance: log,
    bodyLimit: BODY_LIMIT_BYTES,
    connectionTimeout: SILENT_CLIENT_MS,
    frameworkErrors: (error, request, reply) => answer(error, request, reply, services.config.ETL_TIMEZONE),
  });
  answerErrors(app, services.config.ETL_TIMEZONE);
  acceptEmptyBodies(app);
  healthRoutes(app, services);
  await bullBoard(app, services);
  await app.register(
    async (api) => {
      requireToken(api, services.config.ETL_WEBHOOK_TOKENS);
      runRoutes(api, services);
      backfillRoute(api, services);
      runsRoutes(api, services);
      statusRoute(api, services);
      schedulerDataRoute(api, services);
      const sendText = openTextStreams();
      resultsRoute(api, services, sendText);
      exportRoute(api, services, sendText);
    },
    { prefix: '/api/user_activity_etl' },
  );
  return app;
}

/** A run without a date needs no body, also where the caller announces JSON. */
function acceptEmptyBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text.trim() === '') done(null, undefined);
    else parseJson(request, text, done);
  });
}
