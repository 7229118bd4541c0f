import accepts from '@fastify/accepts';
import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { logAccess, requestId } from './access-log.ts';
import { API_PREFIX } from './api-prefix.ts';
import { authenticate } from './authentication/authenticate.ts';
import { readProxyPersons } from './authentication/proxy-person.ts';
import { openSignIn } from './authentication/sign-in.ts';
import { bullBoard } from './bull-board/bull-board.ts';
import { type ConcurrencyLimit, openConcurrencyLimit } from './concurrency-limit.ts';
import { conditionalReads } from './conditional-reads.ts';
import { LOADS_NOTHING } from './content-policy.ts';
import { describeRoutes } from './contract/openapi.ts';
import { rejectUnknownFields, withZodRoutes, type ZodApp } from './contract/zod-routes.ts';
import { DASHBOARD_FOLDER, dashboardPages } from './dashboard/pages.ts';
import { answer, answerErrors, answerUnreadable, type NewestAnswers } from './error-answers.ts';
import { type EventOptions, eventsRoute } from './events/events-route.ts';
import { openHeavyStreams } from './export/stream.ts';
import { metricsRoute } from './metrics.ts';
import { openRateLimits } from './rate-limit.ts';
import { readAddresses } from './request-address.ts';
import { traceRequests } from './request-spans.ts';
import { backfillRoute } from './routes/backfill.ts';
import { categoriesRoute } from './routes/categories.ts';
import { cellRoute } from './routes/cells.ts';
import { courseRoute } from './routes/course.ts';
import { coursesRoute } from './routes/courses.ts';
import { daysRoute } from './routes/days.ts';
import { documentationRoutes } from './routes/documentation.ts';
import { exportRoute } from './routes/export.ts';
import { healthRoutes } from './routes/health.ts';
import { ledgerRoute } from './routes/ledger.ts';
import { meRoute } from './routes/me.ts';
import { recountRoutes } from './routes/recounts.ts';
import { restatementRoutes } from './routes/restatements.ts';
import { resultsRoute } from './routes/results.ts';
import { runRoutes } from './routes/run.ts';
import { runsRoutes } from './routes/runs.ts';
import { schedulerDataRoute } from './routes/scheduler-data.ts';
import { seriesRoute } from './routes/series.ts';
import { sessionRoutes } from './routes/session.ts';
import { statusRoute } from './routes/status.ts';
import { summaryRoute } from './routes/summary.ts';
import { universitySignIn } from './routes/university-sign-in.ts';
import { viewAsRoutes } from './routes/view-as.ts';
import type { Services } from './services.ts';

/** The largest valid body has a few dozen bytes. */
const BODY_LIMIT_BYTES = 64 * 1024;

/**
 * The gateway closes a connection that is idle for this long. An export to it would hold a connection to the
 * warehouse.
 */
const SILENT_CLIENT_MS = 30_000;

/** Headers and body of a request must arrive within this time. Else it holds a connection for nothing. */
const REQUEST_LIMIT_MS = 20_000;

/** Node looks for late requests this often, at most. */
const CHECK_REQUESTS_MS = 1000;

export interface AppOptions {
  /** The time in which a request must arrive. */
  requestLimitMs?: number;
  heavyReads?: ConcurrencyLimit;
  events?: EventOptions;
  /** The folder of the built dashboard. */
  dashboard?: string;
}

/** Headers that scripts of other origins may read. */
const EXPOSED_HEADERS = [
  'etag',
  'retry-after',
  'x-ratelimit-limit',
  'x-ratelimit-remaining',
  'x-ratelimit-reset',
  'x-request-id',
];

/** Builds the gateway's HTTP app. The caller closes `services`, the app does not. */
export async function buildApp(
  services: Services,
  {
    requestLimitMs = REQUEST_LIMIT_MS,
    heavyReads = openConcurrencyLimit(),
    events,
    dashboard = DASHBOARD_FOLDER,
  }: AppOptions = {},
): Promise<FastifyInstance> {
  const log: FastifyBaseLogger = services.log;
  const timeZone = services.config.ETL_TIMEZONE;
  const newestAnswers: NewestAnswers = new WeakMap();
  const app = withZodRoutes(
    fastify({
      loggerInstance: log,
      // logAccess logs more.
      logController: new LogController({ disableRequestLogging: true }),
      genReqId: requestId,
      bodyLimit: BODY_LIMIT_BYTES,
      connectionTimeout: SILENT_CLIENT_MS,
      requestTimeout: requestLimitMs,
      http: {
        requestTimeout: requestLimitMs,
        headersTimeout: requestLimitMs,
        connectionsCheckingInterval: Math.min(requestLimitMs, CHECK_REQUESTS_MS),
      },
      frameworkErrors: (error, request, reply) => answer(error, request, reply, timeZone),
      clientErrorHandler: answerUnreadable(timeZone, newestAnswers),
    }),
  );
  app.addHook('onRequest', async (request, reply) => void newestAnswers.set(request.raw.socket, reply.raw));
  app.decorateRequest('caller', null);
  app.decorateRequest('smallBelow', services.config.ETL_SUPPRESS_BELOW);
  answerErrors(app, timeZone);
  acceptEmptyBodies(app);
  // Before all other hooks: their statements belong to the trace.
  if (services.config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined) traceRequests(app);
  readAddresses(app, services.config.ETL_TRUST_PROXY);
  readProxyPersons(app, services);
  logAccess(app);
  const limits = openRateLimits(services);
  const signIn = openSignIn(services);
  // An unknown path is counted before its body is read.
  app.addHook('onRequest', async (request, reply) => {
    if (request.is404) await limits.countOpenPage(request, reply);
  });
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: LOADS_NOTHING },
    frameguard: { action: 'deny' },
  });
  const { ETL_CORS_ORIGINS: origins } = services.config;
  if (origins.length > 0)
    await app.register(cors, { origin: origins, methods: ['GET', 'POST'], exposedHeaders: EXPOSED_HEADERS });
  await app.register(cookie);
  await describeRoutes(app);
  metricsRoute(app, services, signIn.addressKeys);
  healthRoutes(app, services);
  await documentationRoutes(app, limits);
  await bullBoard(app, services, limits);
  await sessionRoutes(app, services, signIn, limits);
  await viewAsRoutes(app, services, signIn.sessions, limits);
  await universitySignIn(app, services, signIn, limits);
  await dashboardPages(app, services, { signIn, limits, folder: dashboard });
  await app.register(
    async (api: ZodApp) => {
      authenticate(api, services, signIn, limits);
      // Proxies and browsers must not store figures. Browsers keep answers with an ETag, and ask before each use.
      api.addHook('onSend', async (_, reply) => {
        if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
      });
      await api.register(accepts);
      rejectUnknownFields(api);
      runRoutes(api, services);
      backfillRoute(api, services);
      runsRoutes(api, services);
      statusRoute(api, services);
      eventsRoute(api, services, signIn.sessions, events);
      const sendHeavy = openHeavyStreams(heavyReads);
      await api.register(async (figures: ZodApp) => {
        // The gateway streams files as fast as it reads them, without a buffer.
        await figures.register(compress, {
          customTypes: /^application\/json/,
          encodings: ['gzip'],
          globalDecompression: false,
        });
        schedulerDataRoute(figures, services, heavyReads);
        summaryRoute(figures, services, heavyReads);
        const readConditionally = conditionalReads(services, heavyReads);
        meRoute(figures, services, readConditionally);
        daysRoute(figures, services, readConditionally);
        ledgerRoute(figures, services, readConditionally);
        restatementRoutes(figures, services, readConditionally);
        seriesRoute(figures, services, readConditionally);
        categoriesRoute(figures, services, readConditionally);
        coursesRoute(figures, services, readConditionally);
        courseRoute(figures, services, readConditionally);
        cellRoute(figures, services, readConditionally);
      });
      recountRoutes(api, services, limits);
      resultsRoute(api, services, sendHeavy);
      exportRoute(api, services, heavyReads, sendHeavy);
    },
    { prefix: API_PREFIX },
  );
  return app;
}

/** A run without a date needs no body, even if the request has a JSON content type. */
function acceptEmptyBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text.trim() === '') done(null, undefined);
    else parseJson(request, text, done);
  });
}
