import { clockTime, type RunKind } from '@etl/core';
import { askedRun, presentStartedRun, startRun } from '@etl/queue';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication.ts';
import { parseInput } from '../request-input.ts';
import type { Services } from '../services.ts';

const DATE_WANTED = 'must be a text in the form YYYY-MM-DD';
const FORCE_WANTED = 'must be true or false';

/** A run that would ignore a misspelt field would run the wrong day: unknown fields are refused. */
const RunBody = z.strictObject(
  { date: z.string(DATE_WANTED).optional(), force: z.boolean(FORCE_WANTED).default(false) },
  'must be a JSON object',
);

const RUNS: Record<string, { kind: RunKind; message: string }> = {
  run_pipeline: { kind: 'pipeline', message: 'ETL pipeline queued' },
  run_activity_counts: { kind: 'activity_counts', message: 'ActivityCounts ETL queued' },
  run_user_counts: { kind: 'user_counts', message: 'UserCounts ETL queued' },
  run_main_etl: { kind: 'main_etl', message: 'Main ETL queued' },
};

/** `POST run_pipeline`, `run_activity_counts`, `run_user_counts`, `run_main_etl`. */
export function runRoutes(app: FastifyInstance, services: Services): void {
  const timeZone = services.config.ETL_TIMEZONE;
  for (const [path, { kind, message }] of Object.entries(RUNS)) {
    app.post(`/${path}`, async (request, reply) => {
      const body = parseInput(RunBody, request.body ?? {});
      const asked = askedRun('api', body.date, timeZone, services.now());
      const run = await startRun(
        { ...services, log: request.log },
        { kind, ...asked, requestedBy: callerOf(request).name, force: body.force },
      );
      return reply.status(202).send({
        status: true,
        message,
        data: presentStartedRun(run),
        timestamp: clockTime(new Date(), timeZone),
      });
    });
  }
}
