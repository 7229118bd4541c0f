import { clockTime } from '@etl/core';
import { presentBackfill, startBackfill } from '@etl/queue';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { callerOf } from '../authentication/caller.ts';
import { answerBody } from '../contract/answers.ts';
import { type Contract, serve } from '../contract/contract.ts';
import { SkippedDate, STARTED_RUN, StartedRun } from '../contract/run-answers.ts';
import { dateText } from '../request-input.ts';
import type { Services } from '../services.ts';

const BackfillBody = z.strictObject(
  { from: dateText, to: dateText, force: z.boolean('must be true or false').default(false) },
  'must be a JSON object',
);

const message = 'ETL backfill queued';

export const BACKFILL = {
  method: 'POST',
  path: '/run_backfill',
  group: 'Runs',
  summary: 'Run all three batches for every date of a range',
  description: '366 dates at most. Dates that are running already are named and skipped.',
  body: BackfillBody,
  bodyExample: { from: '2024-01-14', to: '2024-01-15' },
  answer: {
    code: 202,
    body: answerBody({
      message: z.literal(message),
      data: z.strictObject({ runs: z.array(StartedRun), skipped: z.array(SkippedDate) }),
    }),
    example: {
      message,
      data: {
        runs: [STARTED_RUN],
        skipped: [
          {
            extraction_date: '2024-01-14',
            code: 'ETL_ALREADY_RUNNING',
            error: 'ETL process is already running',
          },
        ],
      },
    },
  },
  errors: ['SETTINGS_DIFFER', 'QUEUE_UNAVAILABLE'],
} satisfies Contract<never, never, typeof BackfillBody>;

/** `POST run_backfill`: a pipeline run for each date from `from` to `to`. */
export function backfillRoute(app: FastifyInstance, services: Services): void {
  serve(app, BACKFILL, async ({ body }, request, reply) => {
    const backfill = await startBackfill(
      { ...services, log: request.log },
      { ...body, by: 'api', requestedBy: callerOf(request).name },
    );
    return reply.status(202).send({
      status: true,
      message,
      data: presentBackfill(backfill),
      timestamp: clockTime(new Date(), services.config.ETL_TIMEZONE),
    });
  });
}
