import { clockTime } from '@etl/core';
import { presentBackfill, startBackfill } from '@etl/queue';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication.ts';
import { parseInput } from '../request-input.ts';
import type { Services } from '../services.ts';

const date = z.string('must be a text in the form YYYY-MM-DD');

const BackfillBody = z.strictObject(
  { from: date, to: date, force: z.boolean('must be true or false').default(false) },
  'must be a JSON object',
);

/** `POST run_backfill`: a pipeline run for each date from `from` to `to`. */
export function backfillRoute(app: FastifyInstance, services: Services): void {
  app.post('/run_backfill', async (request, reply) => {
    const body = parseInput(BackfillBody, request.body ?? {});
    const backfill = await startBackfill(
      { ...services, log: request.log },
      { ...body, by: 'api', requestedBy: callerOf(request).name },
    );
    return reply.status(202).send({
      status: true,
      message: 'ETL backfill queued',
      data: presentBackfill(backfill),
      timestamp: clockTime(new Date(), services.config.ETL_TIMEZONE),
    });
  });
}
